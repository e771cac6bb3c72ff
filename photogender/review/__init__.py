"""A local web page for looking at faces and correcting their tags (``photogender review``).

From bottom to top: ``question``, ``body`` and ``corrections`` (validate what a browser sends), ``choices``, ``wall``,
``overview`` and ``unlikely`` (what the wall shows), ``people``, ``people_changes`` and ``groups`` (the page of people),
``cache`` and ``pictures`` (crops and photos as JPEG), ``threads`` (run SQL and decoding off the event loop),
``answers`` and ``people_answers`` (the routes), ``guard`` (access control), ``app`` (the ASGI application), ``serve``
(the server). The browser's side is in ``static/``.
"""
