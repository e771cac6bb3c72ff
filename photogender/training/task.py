"""What a network can be trained to estimate, and the outputs that it has for that."""

from typing import Literal

from photogender.labels import AGE_GROUPS

Task = Literal["age", "gender", "both", "compact", "small", "context", "teacher"]
"""``compact`` and ``teacher`` are age and gender by these two networks; ``small`` is gender by the small one, and
``context`` by the one that sees head and shoulders. The others are for the paper's network."""

YEARS = 101
"""Ages 0 to 100. In the paper's network this output exists only while both tasks are learned together."""

HEADS: dict[Task, dict[str, int]] = {
    "age": {"age": len(AGE_GROUPS)},
    "gender": {"gender": 2},
    "both": {"age": len(AGE_GROUPS), "gender": 2, "years": YEARS},
    "compact": {"years": YEARS, "gender": 2},
    "small": {"gender": 2},
    "context": {"gender": 2},
    "teacher": {"years": YEARS, "gender": 2},
}
"""The outputs for each task, with their widths."""
