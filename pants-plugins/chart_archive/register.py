"""`pants package` for a Helm chart, by the script that releases it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pants.backend.shell.target_types import ShellSourceField
from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.core.target_types import FileSourceField
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.core.util_rules.system_binaries import BashBinary
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import RemovePrefix, Snapshot
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    Dependencies,
    SourcesField,
    StringField,
    Target,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

_log = logging.getLogger(__name__)


class ChartArchiveScript(StringField):
    alias = "script"
    required = True
    help = "The script that packs the chart into `dist/`, from the root of the build."


class ChartArchiveDependencies(Dependencies):
    pass


class ChartArchive(Target):
    alias = "chart_archive"
    core_fields = (*COMMON_TARGET_FIELDS, ChartArchiveDependencies, ChartArchiveScript)
    help = "A Helm chart as one file. Nothing is packed where there is no helm on PATH."


@dataclass(frozen=True)
class ChartArchiveFieldSet(PackageFieldSet):
    required_fields = (ChartArchiveScript,)

    script: ChartArchiveScript


@rule(desc="Pack a Helm chart", level=LogLevel.DEBUG)
async def pack_chart(field_set: ChartArchiveFieldSet, bash: BashBinary) -> BuiltPackage:
    targets, environment = await MultiGet(
        Get(TransitiveTargets, TransitiveTargetsRequest([field_set.address])),
        Get(EnvironmentVars, EnvironmentVarsRequest(["HOME", "PATH"])),
    )
    sources = await Get(
        SourceFiles,
        SourceFilesRequest(
            (target.get(SourcesField) for target in targets.dependencies),
            for_sources_types=(FileSourceField, ShellSourceField),
        ),
    )
    result = await Get(
        ProcessResult,
        Process(
            (bash.path, field_set.script.value or ""),
            env=environment,
            input_digest=sources.snapshot.digest,
            output_directories=("dist",),
            description=f"Pack {field_set.address}",
            # a helm may be installed later
            cache_scope=ProcessCacheScope.PER_SESSION,
        ),
    )
    archives = await Get(Snapshot, RemovePrefix(result.output_digest, "dist"))
    if not archives.files:
        _log.warning(result.stderr.decode().strip())
    return BuiltPackage(archives.digest, tuple(map(BuiltPackageArtifact, archives.files)))


def target_types():
    return [ChartArchive]


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, ChartArchiveFieldSet)]
