"""Probes and metrics, without credentials."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.documentation import success
from api.parts import Parts
from libs.telemetry import Answer


class OperationRoutes(Controller):
    tags = ("operations",)

    @get("/healthz", sync_to_thread=False)
    def healthz(self, parts: NamedDependency[Parts]) -> Response[dict[str, object]]:
        """Say that this process is alive."""
        return _respond(parts.probes.answer("/healthz"))

    @get(
        "/readyz",
        sync_to_thread=False,
        responses=success(503, dict[str, object], "Not ready, and why."),
    )
    def readyz(self, parts: NamedDependency[Parts]) -> Response[dict[str, object]]:
        """Say whether this process should get requests; while draining it should not."""
        return _respond(parts.probes.answer("/readyz"))

    @get("/metrics", sync_to_thread=False, media_type="text/plain")
    def metrics(self, parts: NamedDependency[Parts]) -> Response[str]:
        """Return the metrics in Prometheus' text format."""
        return _respond(parts.probes.answer("/metrics"))


def _respond[T](answer: Answer) -> Response[T]:
    return Response(
        answer.body,  # type: ignore[arg-type] # bytes are sent as they are
        status_code=answer.status,
        media_type=answer.content_type,
        headers={"Cache-Control": "no-store"},
    )
