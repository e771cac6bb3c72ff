"""People: who they are, what about them cannot be, and grouping faces by likeness."""
