"""Importing Caffe networks: ``wire`` reads their files, ``convert`` writes ONNX, ``model`` the spec."""
