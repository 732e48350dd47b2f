"""Passages a second: the whole of Ibid against its embedder alone."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import fill
from bench.system import System
from libs.embedding import DEFAULT_MODEL, Embedder


def run(system: System, passages: int) -> None:
    seconds, texts = fill(system, passages)
    whole = len(texts) / seconds
    alone = len(texts) / _embed(texts)
    print(f"passages                     {len(texts)}")
    print(f"ingest, upload to searchable {whole:8.1f} passages/s")
    print(f"embedder alone               {alone:8.1f} passages/s")
    print(f"ratio                        {whole / alone:8.2f}   (target: at least 0.70)")


def _embed(texts: list[str]) -> float:
    """Seconds that the embedder needs as the orchestrator has it: two batches side by side."""
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder), inter_threads=2)
    began = time.perf_counter()
    embedder.embed_passages(texts)
    seconds = time.perf_counter() - began
    embedder.close()
    return seconds
