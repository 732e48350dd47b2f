"""The tools of the stages, as the settings want them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from libs.analysis.detection import LanguageDetector
from libs.embedding import Embedders, Registry, TextEmbedder, load_embedder
from libs.extraction import Extractor, Limits
from libs.models import KnownModels
from libs.settings import OrchestratorSettings
from orchestrator.pipeline import Tools


@asynccontextmanager
async def open_tools(settings: OrchestratorSettings) -> AsyncIterator[Tools]:
    """Read the models. One is loaded, and the reader starts, at the first use: not as pods roll.

    Raises:
        BadModelFolder: a model in the folder of models is not as it should be.
        BadEndpoint: not enough is said of the endpoint.
        UnknownModel: the settings name a model that there is not.
    """
    registry = Registry.of(settings)
    preferred = registry.find(settings.embedding_model)
    limits = Limits(
        memory_bytes=settings.extraction_memory_mib * 1024**2,
        seconds=settings.extraction_seconds,
        max_characters=settings.extraction_max_characters,
    )
    embedders = Embedders(partial(_load, settings, registry))
    async with Extractor(limits) as extractor:
        yield Tools(
            read=extractor.extract,
            detect=LanguageDetector().detect,
            embedders=embedders,
            models=KnownModels(list(registry), preferred.name),
        )


def _load(settings: OrchestratorSettings, registry: Registry, name: str) -> TextEmbedder:
    cores = settings.embedding_threads or len(os.sched_getaffinity(0))
    # two batches side by side are faster than two threads for one
    return load_embedder(
        registry.find(name),
        settings.model_cache,
        threads=max(1, cores // 2),
        inter_threads=min(2, cores),
    )
