"""The catalog: its schema, what a scan records, what a person asks and says."""
