"""Nothing that a caller sends makes the service fail, and it answers as its description says."""

import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import schemathesis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.conftest import Server

SECONDS = 40

# Not positive_data_acceptance: a cursor or a document can break a rule that no schema tells. Not
# ensure_resource_availability: an answer that is repeated may name what was deleted since.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ignored_auth",
]

CONFIGURATION = """
[parameters]
wait = 0

# its answer ends with its job, and no worker runs here
[[operations]]
include-operation-id = "watch_job"
enabled = false
"""

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_the_api_keeps_to_its_description(server: Server, tmp_path: Path) -> None:
    assert schemathesis.__version__
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, "utf-8")
    ended = subprocess.run(
        [
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("--config-file", str(configuration), "--no-color"),
            *("run", f"{server.url}/schema/openapi.json"),
            *("--header", f"Authorization: Bearer {server.token}"),
            *("--checks", ",".join(CHECKS), "--max-time", str(SECONDS)),
            *("--continue-on-failure", "--seed", "1", "--warnings", "off"),
        ],
        capture_output=True,
        text=True,
        timeout=3 * SECONDS,
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout[-8_000:] + ended.stderr[-2_000:]
    assert '"status": 5' not in server.log.read_text()


def test_no_search_of_any_shape_fails(server: Server) -> None:
    with server.client() as client:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.text(max_size=300), st.sampled_from(["hybrid", "lexical", "semantic"]))
        @example("' ; drop table passages; --", "lexical")
        @example("a & | ! ( <-> :* '' \\ \"", "lexical")
        @example("\x01\x02\x03\ufeff\u202e\U0010ffff", "hybrid")
        @example("%_" * 2_000, "hybrid")
        @example("😀 " * 2_000, "hybrid")
        @example("a" * 4_000, "hybrid")
        @example("a" * 4_001, "hybrid")
        @example("\\u0000 \\ud800", "hybrid")
        def search(query: str, mode: str) -> None:
            answer = client.post("/v1/search", json={"query": query, "mode": mode})
            assert answer.status_code in (200, 400), answer.text

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.dictionaries(st.text(max_size=20), _JSON, max_size=3), st.text(max_size=50))
        @example({"a": 10**400}, "x")
        @example({"a": 1e308}, "x")
        def filtered(metadata: dict[str, object], media_type: str) -> None:
            filters = {"metadata": metadata, "media_types": [media_type]}
            _answered(client.post("/v1/search", json={"query": "a", "filters": filters}))

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(max_size=100) | _JSON.map(msgspec.json.encode))
        @example(b'{"query": "\\ud800"}')
        @example(b'{"query": "a", "limit": 1e400}')
        @example(b"[" * 100_000)
        def arbitrary(content: bytes) -> None:
            headers = {"content-type": "application/json"}
            _answered(client.post("/v1/search", content=content, headers=headers))

        search()
        filtered()
        arbitrary()
    assert '"status": 5' not in server.log.read_text()


def _answered(response: httpx.Response) -> None:
    assert response.status_code in (200, 400, 422), response.text
