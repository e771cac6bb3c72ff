"""Statistics of a library as one HTML file to share.

``facts``, ``accuracy`` and ``places`` read the numbers, ``crops`` cuts out faces if requested, ``bars`` computes the
layout of the charts, ``page`` renders everything with ``templates/``.
"""
