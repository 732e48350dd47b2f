"""What others find on the same documents and queries, each run by the interpreter that has it.

``IBID_CHROMA_PYTHON`` and ``IBID_TXTAI_PYTHON`` name the interpreters. Both get our vectors, so
that only what they make of them differs.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from libs.embedding import Embedder
from libs.evaluation.judged import JudgedDocument, JudgedQuery
from libs.evaluation.measures import DEPTH

SCRIPTS = Path(__file__).resolve().parents[1] / "peers"
_PEERS = {
    "Chroma": ("IBID_CHROMA_PYTHON", "chroma_rank.py"),
    "txtai hybrid": ("IBID_TXTAI_PYTHON", "txtai_rank.py"),
}


def rank(
    embedder: Embedder, documents: Sequence[JudgedDocument], queries: Sequence[JudgedQuery]
) -> dict[str, dict[str, list[str]]]:
    """Return the rankings of each peer that is there."""
    there = {
        name: (interpreter, script)
        for name, (variable, script) in _PEERS.items()
        if (interpreter := os.environ.get(variable))
    }
    for name in sorted(_PEERS.keys() - there.keys()):
        print(f"{name} is not installed ({_PEERS[name][0]}): left out", flush=True)
    if not there:
        return {}
    with TemporaryDirectory() as folder:
        texts = [_text(document) for document in documents]
        vectors = embedder.embed_passages([_cut(embedder, text) for text in texts])
        named = [(one.id, text) for one, text in zip(documents, texts, strict=True)]
        write(Path(folder), "documents", named, vectors)
        asked = [(query.id, query.text) for query in queries]
        write(Path(folder), "queries", asked, _embed_queries(embedder, queries))
        return {name: _run(Path(folder), *run) for name, run in there.items()}


def write(
    folder: Path, kind: str, texts: Sequence[tuple[str, str]], vectors: NDArray[np.float32]
) -> None:
    """Write texts, each after its name, and their vectors, as the scripts read them."""
    (folder / f"{kind}.json").write_text(json.dumps(texts))
    np.save(folder / f"{kind}.npy", vectors)


def _text(document: JudgedDocument) -> str:
    return " ".join(filter(None, (document.title, document.text)))


def _cut(embedder: Embedder, text: str) -> str:
    """What the model reads of a document: they do not split, and drop the rest."""
    while (tokens := embedder.count_tokens(text)) > embedder.model.max_tokens:
        text = text[: len(text) * embedder.model.max_tokens // tokens]
    return text


def _embed_queries(embedder: Embedder, queries: Sequence[JudgedQuery]) -> NDArray[np.float32]:
    vectors = [embedder.embed_query(query.text) for query in queries]
    return np.array(vectors, np.float32).reshape(-1, embedder.model.dimension)


def environment() -> dict[str, str]:
    """Return this process's, without its packages, and with no way to a hub."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    return kept | offline


def _run(folder: Path, interpreter: str, script: str) -> dict[str, list[str]]:
    arguments = [interpreter, str(SCRIPTS / script), str(folder), str(DEPTH)]
    subprocess.run(arguments, env=environment(), check=True)
    found: dict[str, list[str]] = json.loads((folder / "found.json").read_text())
    return found
