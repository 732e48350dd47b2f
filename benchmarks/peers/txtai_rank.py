"""Rank documents by txtai's hybrid search, run by the interpreter that has it.

``txtai_rank.py FOLDER DEPTH``, as for Chroma. The vectors are brought along, so that
weights are alike.
"""

import json
import sys
from pathlib import Path

import numpy as np
from txtai.embeddings import Embeddings


def main() -> None:
    folder, depth = Path(sys.argv[1]), int(sys.argv[2])
    asked = {
        kind: json.loads((folder / f"{kind}.json").read_text()) for kind in ("documents", "queries")
    }
    vectors = {
        text: vector
        for kind in asked
        for (_, text), vector in zip(asked[kind], np.load(folder / f"{kind}.npy"), strict=True)
    }

    def embed(texts: list[str]) -> np.ndarray:
        return np.stack([vectors[text] for text in texts])

    embeddings = Embeddings(method="external", transform=embed, hybrid=True)
    embeddings.index((name, text, None) for name, text in asked["documents"])
    found = embeddings.batchsearch([text for _, text in asked["queries"]], depth)
    names = [one for one, _ in asked["queries"]]
    rankings = {
        name: [one for one, _ in ranking] for name, ranking in zip(names, found, strict=True)
    }
    (folder / "found.json").write_text(json.dumps(rankings))


if __name__ == "__main__":
    main()
