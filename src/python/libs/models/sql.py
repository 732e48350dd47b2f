"""The statements of this package."""

from libs.postgres.statements import load

STATEMENTS = load("libs.models")
