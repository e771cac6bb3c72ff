"""The networks that can be trained, in torch."""
