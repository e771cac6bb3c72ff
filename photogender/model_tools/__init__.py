"""Tools for models: what is installed, downloading, adding, trying out, computing in 8 bits, importing from Caffe."""
