"""A cluster that holds Secrets and claims, as far as a chart that is rendered looks them up."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_KINDS = {"secrets": "Secret", "persistentvolumeclaims": "PersistentVolumeClaim"}
_RESOURCES = {
    "kind": "APIResourceList",
    "groupVersion": "v1",
    "resources": [
        {"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
        for name, kind in _KINDS.items()
    ],
}


@contextmanager
def cluster(
    secrets: Mapping[str, Mapping[str, str]], claims: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the address of an API server with these objects in the namespace ``ibid``."""
    answers: dict[str, object] = {"/api/v1": _RESOURCES}
    for name, data in secrets.items():
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        answers[_path("secrets", name)] = _object("secrets", name) | {"data": encoded}
    for name in claims:
        answers[_path("persistentvolumeclaims", name)] = _object("persistentvolumeclaims", name)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path.partition("?")[0])
            body = json.dumps(found or {"kind": "Status", "reason": "NotFound", "code": 404})
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _path(resource: str, name: str) -> str:
    return f"/api/v1/namespaces/ibid/{resource}/{name}"


def _object(resource: str, name: str) -> dict[str, object]:
    about = {"name": name, "namespace": "ibid"}
    return {"apiVersion": "v1", "kind": _KINDS[resource], "metadata": about}
