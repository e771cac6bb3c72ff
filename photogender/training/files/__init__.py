"""Weights in files: reading those of other programs, writing ONNX."""
