"""A local web page for looking at faces and correcting their tags (``photogender review``).

From bottom to top: ``question`` and ``corrections`` (validate what a browser sends), ``choices``, ``wall`` and
``overview`` (the SQL), ``cache`` and ``pictures`` (crops and photos as JPEG), ``threads`` (run SQL and decoding off the
event loop), ``answers`` (the routes), ``guard`` (access control), ``app`` (the ASGI application), ``serve`` (the
server). The browser's side is in ``static/``.
"""
