"""What people said: of faces, and of people and what follows from that; as a file; taken back and forgotten."""
