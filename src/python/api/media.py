"""What kind of document an upload is; temporary until extraction lands."""

from api.problems import UnsupportedMediaType
from api.spool import Spool


async def media_type_of(spool: Spool, file_name: str) -> str:
    if b"\0" in spool.head:
        raise UnsupportedMediaType
    return "text/plain"
