"""One file a mixture: progress -> weights over streams."""
