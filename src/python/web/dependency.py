"""What the dashboard cannot do without: the API, and what that one cannot do without."""

import httpx
import msgspec

_DRAIN = "drain"


class _Told(msgspec.Struct, frozen=True):
    reasons: dict[str, str] = {}


async def api_problem(transport: httpx.AsyncBaseTransport, api_url: str) -> str | None:
    """Return why the dashboard cannot work, None if it can. Raises httpx.TransportError.

    Asked is whether the API is ready, as one that is alive without PostgreSQL can show nothing. On
    Kubernetes that makes no second outage out of one: the service of an API that is not ready has
    no endpoints, so whatever is asked fails. An API that drains answers as before, and while a
    rollout closes it another one is up: it is no reason to send browsers away.
    """
    response = await transport.handle_async_request(httpx.Request("GET", f"{api_url}/readyz"))
    try:
        body = await response.aread()
    finally:
        await response.aclose()
    if response.status_code == 200:
        return None
    try:
        reasons = msgspec.json.decode(body, type=_Told).reasons
    except msgspec.DecodeError:
        reasons = {}
    if not reasons:
        return f"it answers with status {response.status_code}: see what is between it and this"
    told = [f"its {name}: {reason}" for name, reason in reasons.items() if name != _DRAIN]
    return "; ".join(told) or None
