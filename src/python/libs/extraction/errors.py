"""Why a document cannot be read, each with what a person can do about it.

Rejected
├── UnsupportedMediaType   refused at the upload: no format that Ibid reads
├── EmptyDocument          refused at the upload: no bytes
└── Unreadable             found while reading: the document's job fails with this reason
    ├── Encrypted
    ├── Broken
    ├── TooLarge
    ├── TimedOut
    ├── OutOfMemory
    └── NoText
"""

from libs.errors import Rejected


class UnsupportedMediaType(Rejected):
    """Ibid reads plain text, Markdown, HTML, PDF and Word (.docx); this is none of these."""

    code = "unsupported-media-type"


class EmptyDocument(Rejected):
    """The document is empty: it has no bytes at all."""

    code = "empty-document"


class Unreadable(Rejected):
    """The document cannot be read."""

    code = "unreadable"


class Encrypted(Unreadable):
    """The document is locked with a password; remove the password and upload it again."""

    code = "encrypted"


class Broken(Unreadable):
    """The document is damaged and cannot be read; open it, save it anew and upload it again."""

    code = "broken"


class TooLarge(Unreadable):
    """The document holds more than Ibid reads from one; split it and upload the parts."""

    code = "too-large"


class TimedOut(Unreadable):
    """Reading the document took too long and was stopped; split it or save it in a simpler form."""

    code = "timed-out"


class OutOfMemory(Unreadable):
    """Reading the document took too much memory and was stopped; split it and upload the parts."""

    code = "out-of-memory"


class NoText(Unreadable):
    """The document holds no text that could be searched."""

    code = "no-text"


UNREADABLE: dict[str, type[Unreadable]] = {
    kind.code: kind for kind in (Encrypted, Broken, TooLarge, TimedOut, OutOfMemory, NoText)
}
