"""Serve hybrid search by txtai over HTTP, run by the interpreter that has it.

``txtai_serve.py FOLDER MODEL PORT``: the folder as for ranking, without queries; MODEL is a folder
of weights in the layout of sentence-transformers, by which queries are embedded.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import uvicorn
from txtai.embeddings import Embeddings


def main() -> None:
    folder, model, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    documents = json.loads((folder / "documents.json").read_text())
    texts = [text for _, text in documents]
    vectors = dict(zip(texts, np.load(folder / "documents.npy"), strict=True))
    embeddings = Embeddings(
        method="external",
        transform=lambda texts: np.stack([vectors[text] for text in texts]),
        hybrid=True,
        # hits come with their texts, as ours do
        content=True,
    )
    embeddings.index((name, text, None) for name, text in documents)
    # the vectors of the documents were brought along; those of queries are its own affair
    for name in ("method", "transform"):
        embeddings.config.pop(name, None)
    embeddings.config["path"] = model
    embeddings.save(str(folder / "index"))
    settings = folder / "txtai.yml"
    settings.write_text(
        f"path: {folder / 'index'}\nwritable: false\nembeddings:\n  path: {model}\n"
    )
    os.environ["CONFIG"] = str(settings)
    uvicorn.run("txtai.api:app", host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
