"""The HTTP service: the only way in for people and programs."""
