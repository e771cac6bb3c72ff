"""A page on this machine for looking at faces and correcting what is said of them (``photogender review``).

From bottom to top: ``question`` (what a browser asks, checked), ``wall`` and ``overview`` (the SQL), ``pictures``
(crops and photos as JPEG), ``threads`` (where SQL and decoding run, off the event loop), ``guard`` (who may ask),
``app`` (the addresses), ``serve`` (the server). What a browser shows is in ``static/``.
"""
