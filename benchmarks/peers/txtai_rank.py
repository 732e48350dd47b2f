"""Rank documents by txtai's hybrid search, run by the interpreter that has it.

``txtai_rank.py FOLDER``, as for Chroma. The vectors are brought along, so that weights are alike.
"""

import json
import sys
from pathlib import Path

import numpy as np
from txtai.embeddings import Embeddings


def main() -> None:
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "asked.json").read_text())
    vectors = {
        text: vector
        for kind in ("documents", "queries")
        for (_, text), vector in zip(asked[kind], np.load(folder / f"{kind}.npy"), strict=True)
    }

    def embed(texts: list[str]) -> np.ndarray:
        return np.stack([vectors[text] for text in texts])

    embeddings = Embeddings(method="external", transform=embed, hybrid=True)
    embeddings.index((name, text, None) for name, text in asked["documents"])
    found = embeddings.batchsearch([text for _, text in asked["queries"]], asked["depth"])
    names = [one for one, _ in asked["queries"]]
    rankings = {
        name: [one for one, _ in ranking] for name, ranking in zip(names, found, strict=True)
    }
    (folder / "found.json").write_text(json.dumps(rankings))


if __name__ == "__main__":
    main()
