"""Against a real HTTP server, which embeds as it is told to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from libs.embedding.embedder import EmbeddingFailed, PassageTooLong
from libs.embedding.model import Endpoint, Model
from libs.embedding.registry import BadEndpoint, served_model
from libs.embedding.remote import RemoteEmbedder
from libs.embedding.whole import embed_whole
from libs.errors import Unavailable
from libs.testing.embedding import HashingEmbedder

DIMENSION, TOKENS = 384, 64
WORDS = HashingEmbedder()
LONG = "lantern " * 20


def served(endpoint: Endpoint, **changes: Any) -> Model:
    settings: dict[str, Any] = {
        "max_tokens": TOKENS,
        "query_prefix": "q: ",
        "passage_prefix": "p: ",
        **changes,
    }
    return served_model(endpoint, "served", DIMENSION, **settings)


@dataclass
class Server:
    """``reads``: the tokens, which are words, after which it cuts off without a word."""

    reads: int = 10_000
    counts: bool = True
    refuses_over: int = 10_000
    status: int = 200
    change: Callable[[dict[str, Any]], object] = lambda answer: answer
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def answer(self, request: dict[str, Any]) -> tuple[int, object]:
        self.requests.append(request)
        cut = [" ".join(text.split()[: self.reads]) for text in request["input"]]
        tokens = [len(text.split()) for text in cut]
        if self.status != 200 or max(tokens) > self.refuses_over:
            return (400 if self.status == 200 else self.status), {"error": "no"}
        rows = [
            {
                "index": number,
                "object": "embedding",
                "embedding": (WORDS.embed_query(text) * 3).tolist(),
            }
            for number, text in enumerate(cut)
        ]
        answer: dict[str, Any] = {"object": "list", "data": rows[::-1]}
        if self.counts:
            answer["usage"] = {"prompt_tokens": sum(tokens), "total_tokens": sum(tokens)}
        return 200, self.change(answer)


@contextmanager
def running(server: Server, **changes: Any) -> Iterator[RemoteEmbedder]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.keys.append(self.headers["Authorization"])
            assert self.path == "/v1/embeddings"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = server.answer(json.loads(body))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        endpoint = Endpoint(f"http://127.0.0.1:{listener.server_port}/v1", "secret")
        embedder = RemoteEmbedder(served(endpoint, **changes), endpoint, WORDS.tokenizer)
        try:
            yield embedder
        finally:
            embedder.close()
            listener.shutdown()
            thread.join()


def test_passages_come_back_as_unit_vectors_in_order() -> None:
    server = Server()
    texts = [f"lantern {number}" for number in range(80)]
    with running(server) as embedder:
        vectors = embedder.embed_passages(texts)
    expected = WORDS.embed_passages([f"p: {text}" for text in texts])
    assert np.allclose(vectors, expected, atol=1e-5)
    assert {request["model"] for request in server.requests} == {"served"}
    assert sorted(len(request["input"]) for request in server.requests) == [16, 32, 32]
    assert set(server.keys) == {"Bearer secret"}


def test_a_query_has_its_prefix_and_is_asked_for_once() -> None:
    server = Server()
    with running(server) as embedder:
        first, second = embedder.embed_query("fog"), embedder.embed_query("fog")
    assert first is second
    assert [request["input"] for request in server.requests] == [["q: fog"]]


@pytest.mark.parametrize("text", ["", " ", "\ud800", "灯" * 500])
def test_a_query_of_any_shape_has_a_direction(text: str) -> None:
    with running(Server(refuses_over=TOKENS)) as embedder:
        assert np.isfinite(embedder.embed_query(text)).all()


@pytest.mark.parametrize(
    "server",
    [Server(counts=False), Server(refuses_over=15), Server(reads=TOKENS)],
    ids=["does not count", "refuses", "cuts"],
)
def test_a_query_that_is_too_long_is_read_in_parts(server: Server) -> None:
    query = " ".join(f"word{number}" for number in range(80))
    with running(server) as embedder:
        embedder.embed_query(query)
    texts = [text.removeprefix("q: ") for one in server.requests for text in one["input"]]
    whole = [text for text in texts if not any(one != text and one in text for one in texts)]
    parts = dict.fromkeys(whole)
    assert len(parts) > 1
    assert "".join(parts) == query


def test_a_long_passage_is_sent_alone_and_counted() -> None:
    server = Server()
    with running(server) as embedder:
        embedder.embed_passages(["fog", LONG, "ship"])
    assert sorted(len(request["input"]) for request in server.requests) == [1, 2]


@pytest.mark.parametrize(
    "server",
    [Server(counts=False), Server(refuses_over=15), Server(reads=TOKENS)],
    ids=["does not count", "refuses", "cuts"],
)
def test_a_passage_that_may_have_been_cut_is_refused(server: Server) -> None:
    with running(server) as embedder, pytest.raises(PassageTooLong):
        embedder.embed_passages(["lantern " * 80])


def test_what_is_refused_whole_is_embedded_in_parts() -> None:
    text = "lantern " * 20 + "harbour " * 20
    with running(Server(counts=False)) as embedder:
        [vector] = embed_whole(embedder, [text])
    assert min(vector @ WORDS.embed_query(word) for word in ("lantern", "harbour")) > 0.2


def test_an_endpoint_that_reads_everything_passes_the_trial() -> None:
    with running(Server()) as embedder:
        embedder.try_out()


@pytest.mark.parametrize("counts", [True, False])
def test_an_endpoint_that_cuts_silently_fails_the_trial(counts: bool) -> None:
    with (
        running(Server(reads=TOKENS // 2, counts=counts)) as embedder,
        pytest.raises(EmbeddingFailed, match=r"cuts off|does not read"),
    ):
        embedder.try_out()


def with_row(value: object) -> Callable[[dict[str, Any]], object]:
    def change(answer: dict[str, Any]) -> object:
        answer["data"][0]["embedding"] = value
        return answer

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (with_row([1.0, 2.0]), "gave 2 dimensions; served has 384"),
        (with_row([0.0] * DIMENSION), "without a direction"),
        (with_row([float("nan")] * DIMENSION), "something else"),
        (with_row([1e308] * DIMENSION), "without a direction"),
        (with_row(None), "something else"),
        (lambda answer: {**answer, "data": []}, "0 embeddings for 1 texts"),
        (lambda answer: b"<html>", "something else"),
    ],
    ids=["dimension", "zero", "nan", "inf", "null", "none", "no json"],
)
def test_what_is_no_unit_vector_is_refused(
    change: Callable[[dict[str, Any]], object], told: str
) -> None:
    with running(Server(change=change)) as embedder, pytest.raises(EmbeddingFailed, match=told):
        embedder.embed_passages(["fog"])


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_an_endpoint_that_does_not_work_is_tried_again_later(status: int) -> None:
    with running(Server(status=status)) as embedder:
        with pytest.raises(Unavailable, match=str(status)):
            embedder.embed_passages(["fog"])
        with pytest.raises(Unavailable):
            embedder.embed_query("fog")


def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1")
    embedder = RemoteEmbedder(served(endpoint), endpoint, WORDS.tokenizer)
    with pytest.raises(Unavailable, match="does not answer"):
        embedder.embed_query("fog")
    embedder.close()


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Endpoint("http://there/v1", "secret"))


def test_an_endpoint_without_a_model_s_name_or_dimension_is_refused() -> None:
    with pytest.raises(BadEndpoint):
        served_model(
            Endpoint("http://there/v1"), None, 3, max_tokens=64, query_prefix="", passage_prefix=""
        )
