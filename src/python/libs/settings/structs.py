"""What each process needs to know. A field's variable is ``IBID_`` and its name in capitals."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from libs.settings.values import DatabaseUrl, HttpUrl, LogLevel, RedisUrl, Secret

_Port = Annotated[int, Meta(ge=1, le=65_535)]
_Count = Annotated[int, Meta(ge=1)]
_Dimension = Annotated[int, Meta(ge=1, le=4_000)]
_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Percent = Annotated[int, Meta(ge=1, le=100)]


def _model_cache() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "ibid" / "models"


def _upload_folder() -> Path:
    return Path(tempfile.gettempdir())


class _Service(msgspec.Struct, frozen=True, kw_only=True):
    """What every service reads."""

    log_level: Annotated[LogLevel, Meta(description="The least urgent lines that are logged.")] = (
        LogLevel.INFO
    )
    otlp_endpoint: Annotated[
        HttpUrl | None,
        Meta(description="Where spans are sent by OTLP over HTTP; without it none are."),
    ] = None
    drain_file: Annotated[
        Path | None,
        Meta(description="While this file is there, the service is not ready: it drains."),
    ] = None
    shutdown_seconds: Annotated[
        _Seconds,
        Meta(description="How long running requests, or a running job, may take after SIGTERM."),
    ] = 45
    startup_percent: Annotated[
        _Percent,
        Meta(description="How much of a processor the service takes while it starts, in percent."),
    ] = 100
    startup_delay_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=600,
            description="How long the service rests before it starts, while others do.",
        ),
    ] = 0


class _Store(_Service, frozen=True, kw_only=True):
    """What the services read that work on the corpus."""

    database_url: Annotated[
        DatabaseUrl, Meta(description="PostgreSQL, as the role of the services.")
    ]
    redis_url: Annotated[RedisUrl, Meta(description="Redis or Valkey: the doorbell and the cache.")]
    database_pool_size: Annotated[
        _Count, Meta(description="Connections to PostgreSQL that a process holds at most.")
    ] = 10
    embedding_model: Annotated[
        str,
        Meta(
            min_length=1,
            description="The model of a new installation; `ibid model switch` takes another.",
        ),
    ] = "all-MiniLM-L6-v2"
    model_folder: Annotated[
        Path | None,
        Meta(description="A folder of further models, each in a subfolder with a `model.json`."),
    ] = None
    embedding_url: Annotated[
        HttpUrl | None,
        Meta(
            description="Where a model is served as OpenAI's API has it, up to and with `/v1`;"
            " texts are sent there."
        ),
    ] = None
    embedding_api_key: Annotated[
        Secret | None, Meta(description="The key for `IBID_EMBEDDING_URL`.")
    ] = None
    embedding_url_model: Annotated[
        str | None, Meta(description="The name of the model that is served there.")
    ] = None
    embedding_url_dimension: Annotated[_Dimension | None, Meta(description="Its dimension.")] = None
    embedding_url_max_tokens: Annotated[
        int, Meta(ge=64, description="How many tokens it reads of a text, its prefix included.")
    ] = 512
    embedding_url_query_prefix: Annotated[
        str, Meta(description="What it wants before a query, with the space at its end.")
    ] = ""
    embedding_url_passage_prefix: Annotated[
        str, Meta(description="What it wants before a passage, with the space at its end.")
    ] = ""
    model_cache: Annotated[
        Path,
        Meta(
            description="Where converted models are kept. Made when it is not there.",
            extra={"default": "`$XDG_CACHE_HOME/ibid/models` or `~/.cache/ibid/models`"},
        ),
    ] = msgspec.field(default_factory=_model_cache)
    embedding_threads: Annotated[
        int,
        Meta(
            ge=0,
            description="Threads that embed; 0 is one for a query, and one a core for documents.",
        ),
    ] = 0
    extraction_memory_mib: Annotated[
        int, Meta(ge=128, description="Memory that reading one document may take, in MiB.")
    ] = 2048
    extraction_seconds: Annotated[
        _Seconds, Meta(description="How long reading one document may take.")
    ] = 120
    extraction_max_characters: Annotated[
        _Count, Meta(description="The longest text that a document may have.")
    ] = 20_000_000


class ApiSettings(_Store, frozen=True, kw_only=True):
    """What ``api`` reads."""

    api_host: Annotated[
        str, Meta(min_length=1, description="The address that the API listens on.")
    ] = "127.0.0.1"
    api_port: Annotated[_Port, Meta(description="The port that the API listens on.")] = 3001
    max_upload_bytes: Annotated[
        _Count, Meta(description="The largest document that may be uploaded.")
    ] = 536_870_912
    upload_folder: Annotated[
        Path,
        Meta(
            description="Where an upload waits until it is stored.",
            extra={"default": "the system's folder for temporary files"},
        ),
    ] = msgspec.field(default_factory=_upload_folder)
    search_timeout_ms: Annotated[
        _Count,
        Meta(
            description="How long PostgreSQL may work on a statement of a search, in milliseconds."
            " A fifteenth of it is for holding the conditions of a query against passages."
        ),
    ] = 1_000
    database_wait_seconds: Annotated[
        _Seconds,
        Meta(
            description="How long a request waits for a connection to PostgreSQL; then it is told"
            " to try again."
        ),
    ] = 3


class OrchestratorSettings(_Store, frozen=True, kw_only=True):
    """What ``orchestrator`` reads."""

    orchestrator_host: Annotated[
        str, Meta(min_length=1, description="The address of the orchestrator's probes.")
    ] = "127.0.0.1"
    orchestrator_port: Annotated[
        _Port, Meta(description="The port of the orchestrator's probes and metrics.")
    ] = 3002
    worker_slots: Annotated[
        _Count, Meta(description="Jobs that one orchestrator runs at a time.")
    ] = 2
    lease_seconds: Annotated[
        _Seconds, Meta(description="How long a job stays with a worker that no longer answers.")
    ] = 30
    max_attempts: Annotated[_Count, Meta(description="Errors after which a job has failed.")] = 5
    max_crashes: Annotated[
        _Count, Meta(description="Crashes of its worker after which a job has failed.")
    ] = 3


class WebSettings(_Service, frozen=True, kw_only=True):
    """What ``web`` reads."""

    web_host: Annotated[
        str, Meta(min_length=1, description="The address that the dashboard listens on.")
    ] = "127.0.0.1"
    web_port: Annotated[_Port, Meta(description="The port that the dashboard listens on.")] = 3000
    api_url: Annotated[HttpUrl, Meta(description="Where the API answers.")] = HttpUrl(
        "http://127.0.0.1:3001"
    )
    cookie_secure: Annotated[bool, Meta(description="Send the sign-in cookie over HTTPS only.")] = (
        False
    )


class CliSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the ``ibid`` command reads."""

    api_url: Annotated[HttpUrl, Meta(description="Where the API answers.")] = HttpUrl(
        "http://127.0.0.1:3001"
    )
    api_key: Annotated[Secret | None, Meta(description="The API key that the command uses.")] = None
    web_url: Annotated[
        HttpUrl, Meta(description="Where people reach the dashboard; links lead there.")
    ] = HttpUrl("http://127.0.0.1:3000")
    database_url: Annotated[
        DatabaseUrl | None,
        Meta(description="PostgreSQL, as the role of the services; `migrate` creates that role."),
    ] = None
    migration_database_url: Annotated[
        DatabaseUrl | None,
        Meta(description="PostgreSQL, as the owner; for `migrate` and `bootstrap`."),
    ] = None
