"""The headers that every answer carries, so that a browser runs and loads only what is ours."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.drain import DrainFlag

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(index: Path) -> str:
    """Return the policy for the pages, where ``index`` is Streamlit's.

    Scripts are Streamlit's own bundles, the inline ones of its page by their hash, and ``blob:``,
    from which it loads the components' code. Styles are inline, as its styling library makes them.
    """
    scripts = " ".join(_hashes(index.read_text("utf-8")))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {scripts}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hashes(html: str) -> list[str]:
    digests = (hashlib.sha256(body.encode()).digest() for body in _INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class SafeHeaders:
    """Adds them. While the service drains, it also asks clients to connect anew elsewhere."""

    def __init__(self, app: ASGIApp, policy: str, drain: DrainFlag) -> None:
        self._app = app
        self._drain = drain
        self._headers = {
            "content-security-policy": policy,
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if self._drain.is_set:
                    headers["connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_with_headers)
