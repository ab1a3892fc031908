"""One file an ordering: scores -> one index array per epoch."""
