"""One file a score: samples -> one float32 each."""
