"""The tools of the stages, as the settings want them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.analysis.detection import LanguageDetector
from libs.embedding import Embedder, Registry
from libs.extraction import Extractor, Limits
from libs.settings import OrchestratorSettings
from libs.splitting import TokenLimit
from orchestrator.pipeline import Tools


@asynccontextmanager
async def open_tools(settings: OrchestratorSettings) -> AsyncIterator[Tools]:
    """Load the model and start the reader; the first time on a machine weights are converted.

    Raises:
        BadModelFolder: a model in the folder of models is not as it should be.
        UnknownModel: the settings name a model that there is not.
        OSError: the folder of converted models cannot be written.
    """
    embedder = await asyncio.to_thread(_load_embedder, settings)
    detector = await asyncio.to_thread(LanguageDetector.load)
    model = embedder.model
    limits = Limits(
        memory_bytes=settings.extraction_memory_mib * 1024**2,
        seconds=settings.extraction_seconds,
        max_characters=settings.extraction_max_characters,
    )
    async with Extractor(limits) as extractor:
        yield Tools(
            read=extractor.extract,
            detect=detector.detect,
            limit=TokenLimit(embedder.tokenizer, model.max_tokens, model.passage_prefix),
            embedder=embedder,
        )


def _load_embedder(settings: OrchestratorSettings) -> Embedder:
    cores = settings.embedding_threads or len(os.sched_getaffinity(0))
    # two batches side by side are faster than two threads for one
    return Embedder.load(
        Registry.read(settings.model_folder).find(settings.embedding_model),
        settings.model_cache,
        threads=max(1, cores // 2),
        inter_threads=min(2, cores),
    )
