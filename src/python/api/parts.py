"""What the service is made of, built once in the lifespan and handed to the routes."""

from dataclasses import dataclass, field
from pathlib import Path

from api.known_keys import KnownKeys
from api.models import SearchModels
from api.pictures import Pictures
from libs.jobs import Doorbell
from libs.postgres.pool import Pool
from libs.telemetry import ApiMetrics, DrainFlag, Probes


@dataclass(frozen=True, slots=True)
class Parts:
    """``pool``'s connections give up a statement that runs for longer than a search may."""

    pool: Pool
    models: SearchModels
    doorbell: Doorbell
    pictures: Pictures
    metrics: ApiMetrics
    probes: Probes
    drain: DrainFlag
    max_upload_bytes: int
    upload_folder: Path
    known_keys: KnownKeys = field(default_factory=KnownKeys)
