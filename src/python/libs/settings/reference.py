"""The reference of all variables, as ``docs/configuration.md`` shows it."""

from enum import Enum
from pathlib import Path

import msgspec
from msgspec import inspect
from msgspec.structs import FieldInfo

from libs.settings.expectation import expectation, is_secret
from libs.settings.loading import variable
from libs.settings.structs import (
    ApiSettings,
    CliSettings,
    OrchestratorSettings,
    WebSettings,
)

READERS: dict[str, type[msgspec.Struct]] = {
    "api": ApiSettings,
    "orchestrator": OrchestratorSettings,
    "web": WebSettings,
    "cli": CliSettings,
}


def table() -> str:
    """Return the Markdown table: one row a variable, in the order of the structs."""
    fields: dict[str, FieldInfo] = {}
    readers: dict[str, list[str]] = {}
    for reader, cls in READERS.items():
        for field in msgspec.structs.fields(cls):
            fields.setdefault(field.name, field)
            readers.setdefault(field.name, []).append(
                f"{reader} (required)" if field.required else reader
            )
    rows = [_row(field, readers[name]) for name, field in fields.items()]
    head = [
        "| Variable | Value | Default | Read by | What it is |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join(head + rows) + "\n"


def _row(field: FieldInfo, readers: list[str]) -> str:
    name = f"`{variable(field)}`"
    if is_secret(field.type):
        name += f" or `{variable(field)}_FILE`"
    info = inspect.type_info(field.type)
    assert isinstance(info, inspect.Metadata), f"{field.name} has no description"
    description = (info.extra_json_schema or {})["description"]
    default = (info.extra or {}).get("default") or _default(field)
    return (
        f"| {name} | {expectation(field.type)} | {default} | {', '.join(readers)} | {description} |"
    )


def _default(field: FieldInfo) -> str:
    if field.required or field.default is None:
        return "none"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default.value if isinstance(field.default, Enum) else field.default}`"


def update(page: Path) -> None:
    """Write the table anew between the page's two marks."""
    before, rest = page.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{table()}{END}{after}", "utf-8")


BEGIN = "<!-- begin: made from libs/settings -->"
END = "<!-- end -->"
