"""The health check of the images: a package by itself, so that running it loads nothing else."""
