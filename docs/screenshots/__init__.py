"""Pictures of a running installation: which pages there are, the states that they get into, and the camera."""
