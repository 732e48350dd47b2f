"""Alembic's entry: the connection comes from libs.postgres.migrate, already open and locked."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
