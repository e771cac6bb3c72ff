"""ONNX Runtime: devices, sessions, and graphs as data."""
