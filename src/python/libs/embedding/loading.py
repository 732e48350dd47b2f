"""An embedder of a model, wherever its weights are."""

from pathlib import Path

from tokenizers import Tokenizer

from libs.embedding.cache import prepare
from libs.embedding.embedder import Embedder, TextEmbedder
from libs.embedding.model import TOKENIZER_FILE, Endpoint, Model
from libs.embedding.registry import DEFAULT_MODEL
from libs.embedding.remote import RemoteEmbedder


def load_embedder(
    model: Model, cache_dir: Path, *, threads: int = 1, inter_threads: int = 1
) -> TextEmbedder:
    """Return an embedder of the model; see ``Embedder.load``.

    Raises:
        WrongWeights: the weights are not those that the registry names.
        EmbeddingFailed: they do not give, or do not read, what the model says.
        Unavailable: the endpoint that has them does not answer.
    """
    if isinstance(model.source, Endpoint):
        folder = prepare(DEFAULT_MODEL, cache_dir)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        remote = RemoteEmbedder(model, model.source, tokenizer)
        remote.try_out()
        return remote
    return Embedder.load(model, cache_dir, threads=threads, inter_threads=inter_threads)
