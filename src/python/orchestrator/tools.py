"""The tools of the stages, as the settings want them."""

import os
from functools import partial

from libs.embedding import Embedder, find_model
from libs.extraction import Limits, extract
from libs.settings import OrchestratorSettings
from libs.splitting import TokenLimit
from orchestrator.pipeline import Tools


def load_tools(settings: OrchestratorSettings) -> Tools:
    """Load the model; the first time on a machine its weights are converted, for two seconds.

    Raises:
        UnknownModel: the settings name a model that there is not.
        OSError: the folder of converted models cannot be written.
    """
    cores = settings.embedding_threads or len(os.sched_getaffinity(0))
    model = find_model(settings.embedding_model)
    # two batches side by side are faster than two threads for one
    embedder = Embedder.load(
        model, settings.model_cache, threads=max(1, cores // 2), inter_threads=min(2, cores)
    )
    limits = Limits(
        memory_bytes=settings.extraction_memory_mib * 1024**2,
        seconds=settings.extraction_seconds,
        max_characters=settings.extraction_max_characters,
    )
    return Tools(
        read=partial(extract, limits=limits),
        limit=TokenLimit(embedder.tokenizer, model.max_tokens, model.passage_prefix),
        embedder=embedder,
    )
