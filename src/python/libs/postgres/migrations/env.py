"""Alembic's entry: the connection comes from libs.postgres.migrate, already open and locked."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
