"""What a scan records: pictures, the files that hold them, and which of these moved, changed or are gone."""
