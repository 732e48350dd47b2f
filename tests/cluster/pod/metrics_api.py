"""``python -m cluster.pod.metrics_api``: the queue's depth, as an autoscaler asks for it.

Stands in for an adapter of external metrics (prometheus-adapter, KEDA): the same API, asked by the
API server, and for each question the number that an orchestrator tells at that time.
"""

import json
import os
import re
import ssl
import urllib.request
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_METRIC = "ibid_jobs_due"
_GROUP = "external.metrics.k8s.io/v1beta1"
_PORT = 6443
_SECONDS = 5
_NUMBER = re.compile(rf"^{_METRIC}(?:{{.*}})? (\S+)$", re.MULTILINE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        body = answer(address.path, parse_qs(address.query))
        content = json.dumps(body or {"kind": "Status", "apiVersion": "v1"}).encode()
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def answer(path: str, query: dict[str, list[str]]) -> dict[str, Any] | None:
    """Return the list of metrics or a metric's value; None where there is no such thing."""
    namespace, release = os.environ["IBID_NAMESPACE"], os.environ["IBID_RELEASE"]
    if path == f"/apis/{_GROUP}":
        resource = {"name": _METRIC, "namespaced": True, "kind": "ExternalMetricValueList"}
        resource |= {"singularName": "", "verbs": ["get"]}
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": _GROUP,
            "resources": [resource],
        }
    asked = dict(
        part.partition("=")[::2] for part in ",".join(query.get("labelSelector", [])).split(",")
    )
    is_known = asked == {"namespace": namespace, "release": release}
    if path != f"/apis/{_GROUP}/namespaces/{namespace}/{_METRIC}" or not is_known:
        return None
    value = {
        "metricName": _METRIC,
        "metricLabels": asked,
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": str(_due()),
    }
    return {
        "kind": "ExternalMetricValueList",
        "apiVersion": _GROUP,
        "metadata": {},
        "items": [value],
    }


def _due() -> int:
    with urllib.request.urlopen(os.environ["IBID_METRICS_URL"], timeout=_SECONDS) as told:
        [number] = _NUMBER.findall(told.read().decode())
    return round(float(number))


def main() -> None:
    server = ThreadingHTTPServer(("", _PORT), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/run/secrets/tls/tls.crt", "/run/secrets/tls/tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
