"""The migrations of ``schema``, applied by sqlite-utils.

A module of its own because sqlite-utils imports pandas where it is installed (0.3 s, 70 MB): only a catalog that
is created or brought up to date needs it.
"""

import sqlite3

from sqlite_utils import Database, Migrations

from photogender.catalog.sqlite.schema import MIGRATION_SET, MIGRATIONS


def apply_migrations(connection: sqlite3.Connection) -> None:
    """Apply what is pending, inside the caller's transaction.

    Raises:
        sqlite3.Error: SQLite refuses a statement.
    """
    migrations = Migrations(MIGRATION_SET)
    for name, statements in MIGRATIONS.items():

        def run(database: Database, statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                database.execute(statement)

        migrations(name=name)(run)
    migrations.apply(Database(connection, execute_plugins=False))
