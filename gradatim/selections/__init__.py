"""One file a selection: scores -> kept positions, with reasons."""
