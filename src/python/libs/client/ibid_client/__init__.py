"""A typed client for Ibid's API: ``Client`` waits, ``AsyncClient`` is for asyncio.

with Client("http://127.0.0.1:3001", api_key) as ibid:
    collection = ibid.create_collection("Papers")
    ibid.upload(collection.id, Path("paper.pdf"), wait=30)
    for hit in ibid.search(SearchRequest(query="what did they find")).hits:
        print(hit.title, hit.page, hit.text)
"""

from ibid_client.async_client import AsyncClient
from ibid_client.client import Client
from ibid_client.errors import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    Denied,
    IbidError,
    NotFound,
    ProblemError,
    Rejected,
    TooLarge,
    TooManyRequests,
    Unavailable,
    UnexpectedAnswer,
    Unsupported,
)
from ibid_client.exchange import RetryPolicy

__all__ = [
    "AsyncClient",
    "BadRequest",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Denied",
    "IbidError",
    "NotFound",
    "ProblemError",
    "Rejected",
    "RetryPolicy",
    "TooLarge",
    "TooManyRequests",
    "Unavailable",
    "UnexpectedAnswer",
    "Unsupported",
]
