"""What goes wrong on a developer's machine."""


class DevError(Exception):
    """One line that says what is wrong and what to do; nothing is left running."""
