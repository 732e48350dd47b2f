"""Lays a PEX out as the virtual environment of an image. Runs at build time only."""
