"""Learning from larger networks: what they see, and the targets that come of it."""
