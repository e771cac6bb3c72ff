"""Faces: detection, alignment, tensors, and what the nets say of them."""
