"""One file a kind of job: what the child is given, and what becomes of what it made."""
