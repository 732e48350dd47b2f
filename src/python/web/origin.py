"""Whether a request that changes something comes from the dashboard's own pages.

The cookie is SameSite=Lax, so other sites' POSTs come without it. This also stops those that need
none, such as one that signs a victim in with the attacker's key, and those of neighbours that
browsers count to the same site: other ports, other subdomains.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a browser says so, or the request comes from no browser.

    Browsers tell in ``Sec-Fetch-Site``, over plain HTTP only in ``Origin``; all send one of them
    with a POST. What sends neither is a script, which has no cookie that it was not given.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
