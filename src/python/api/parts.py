"""What the service is made of, built once in the lifespan and handed to the routes."""

from dataclasses import dataclass, field
from pathlib import Path

from api.known_keys import KnownKeys
from api.known_languages import KnownLanguages
from api.models import SearchModels
from api.pictures import Pictures
from libs.drain import DrainFlag
from libs.jobs import Doorbell
from libs.postgres.pool import Pool
from libs.telemetry import ApiMetrics, Probes


@dataclass(frozen=True, slots=True)
class Parts:
    """``search_timeout_ms`` is how long PostgreSQL may work on a statement of a search."""

    pool: Pool
    models: SearchModels
    doorbell: Doorbell
    pictures: Pictures
    metrics: ApiMetrics
    probes: Probes
    drain: DrainFlag
    max_upload_bytes: int
    upload_folder: Path
    search_timeout_ms: int
    known_keys: KnownKeys = field(default_factory=KnownKeys)
    known_languages: KnownLanguages = field(default_factory=KnownLanguages)
