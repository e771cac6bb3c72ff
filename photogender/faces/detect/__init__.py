"""Face detection: how the outputs of each kind of network are read (one module each), passes, batching."""
