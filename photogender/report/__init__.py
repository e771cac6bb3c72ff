"""A library in numbers as one HTML file that can be sent to somebody.

``facts`` and ``places`` read the numbers, ``crops`` cuts faces out where they are asked for, ``charts`` says
where bars go, ``page`` puts all of it into ``templates/``.
"""
