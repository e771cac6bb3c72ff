"""Caffe nets: ``wire`` reads the files with protobuf alone, ``convert`` writes ONNX, ``model`` the spec."""
