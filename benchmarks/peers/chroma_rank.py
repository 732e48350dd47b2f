"""Rank documents by Chroma, run by the interpreter that has it: ``chroma_rank.py FOLDER
DEPTH``.

The folder has documents and queries with their vectors, as ``bench.peers`` writes them, and gets
``found.json``: the best DEPTH documents of each query.
"""

import json
import sys
from pathlib import Path

import chromadb
import numpy as np

_BATCH, _QUERIES = 1000, 100
"""More queries at once are more variables than its SQLite takes."""


def main() -> None:
    folder, depth = Path(sys.argv[1]), int(sys.argv[2])
    documents = np.load(folder / "documents.npy")
    queries = np.load(folder / "queries.npy")
    client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        "judged", embedding_function=None, metadata={"hnsw:space": "ip"}
    )
    ids = [one for one, _ in json.loads((folder / "documents.json").read_text())]
    for first in range(0, len(ids), _BATCH):
        last = first + _BATCH
        collection.add(ids=ids[first:last], embeddings=documents[first:last])
    rankings = {}
    names = [one for one, _ in json.loads((folder / "queries.json").read_text())]
    most = min(depth, len(ids))
    for first in range(0, len(names), _QUERIES):
        last = first + _QUERIES
        found = collection.query(query_embeddings=queries[first:last], n_results=most)
        rankings |= dict(zip(names[first:last], found["ids"], strict=True))
    (folder / "found.json").write_text(json.dumps(rankings))


if __name__ == "__main__":
    main()
