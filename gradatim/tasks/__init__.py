"""One file a task: what a job's child process runs, as a generator of events."""
