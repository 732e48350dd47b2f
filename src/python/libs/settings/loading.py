"""From the environment to a struct, with every problem told at once."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from libs.settings.expectation import expectation, is_secret

PREFIX = "IBID_"


class SettingsError(Exception):
    """Lists every variable that is missing or wrong, one a line; never their values."""


def load[T: msgspec.Struct](cls: type[T], environ: Mapping[str, str]) -> T:
    """Build ``cls`` from ``IBID_<FIELD>`` variables; unset and empty ones take the default.

    A secret may also come from the file that ``IBID_<FIELD>_FILE`` names, without the white space
    around it.

    Raises:
        SettingsError: a variable is missing, wrong, or given twice.
    """
    values: dict[str, object] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(cls):
        try:
            values[field.name] = _read(field, environ)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))
    return cls(**values)


def read_or_exit[T: msgspec.Struct](cls: type[T]) -> T:
    """Return the settings, or say on stderr what is wrong with them and exit with 2."""
    try:
        return load(cls, os.environ)
    except SettingsError as error:
        for line in str(error).splitlines():
            print(f"ibid: {line}", file=sys.stderr)
        sys.exit(2)


def variable(field: FieldInfo) -> str:
    """The name of the field's environment variable."""
    return PREFIX + field.name.upper()


def _read(field: FieldInfo, environ: Mapping[str, str]) -> object:
    name = variable(field)
    text = environ.get(name) or None
    if is_secret(field.type):
        name, text = _secret(name, text, environ)
    if text is None:
        return _default(field)
    try:
        return msgspec.convert(text, field.type, strict=False, dec_hook=_convert)
    except msgspec.ValidationError as error:
        reason = str(error.__cause__ or f"expected {expectation(field.type)}")
        raise ValueError(f"{name}: {reason}{_hint(text)}") from None


def _secret(name: str, text: str | None, environ: Mapping[str, str]) -> tuple[str, str | None]:
    """The variable that gives the secret, and the secret."""
    file_name = f"{name}_FILE"
    path = environ.get(file_name)
    if not path:
        return name, text
    if text is not None:
        raise ValueError(f"{name} and {file_name} are both set; keep one of them")
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"{file_name}: the file cannot be read: {reason}") from None
    if not content:
        raise ValueError(f"{file_name}: the file is empty")
    return file_name, content


def _default(field: FieldInfo) -> object:
    if field.required:
        raise ValueError(f"{variable(field)}: not set; expected {expectation(field.type)}")
    try:
        return field.default_factory() if callable(field.default_factory) else field.default
    except RuntimeError:
        # Path.expanduser, where the user has no home
        raise ValueError(f"{variable(field)}: not set, and there is no home folder") from None


def _convert(kind: type, text: Any) -> object:
    if kind is Path:
        return Path(text).expanduser()
    return kind(text)


def _hint(text: str) -> str:
    # Kubernetes sets IBID_API_PORT=tcp://… beside a service that is named ibid-api.
    return "; set enableServiceLinks: false" if text.startswith("tcp://") else ""
