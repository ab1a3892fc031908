"""Everything that can go wrong while a job runs, one theme a file; what must hold after each is in ``whole``."""
