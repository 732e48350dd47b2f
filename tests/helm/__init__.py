"""The charts, rendered."""
