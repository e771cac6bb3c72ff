"""XMP: what other photo programs read beside a photo, written and read without losing anything of theirs."""
