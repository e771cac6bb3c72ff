"""The SQLite file: its columns and schema, connections, and what of another's file is refused."""
