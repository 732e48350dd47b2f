"""Why an embedded server does not run: each message is one line for the person at the keyboard."""


class EmbeddedError(Exception):
    """A server cannot be started or stopped."""


class PortBusy(EmbeddedError):
    """Somebody else listens on the port."""

    def __init__(self, port: int, holder: str | None, *, purpose: str) -> None:
        by = holder or "another process"
        super().__init__(f"port {port}, which {purpose} needs, is held by {by}")
        self.port = port
        self.holder = holder


class DiskFull(EmbeddedError):
    """The file system of the data folder has no room left."""


class StartFailed(EmbeddedError):
    """The server ended, or did not answer in time."""
