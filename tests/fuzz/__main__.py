"""Run the fuzz tests for some hours, each in turn with another seed, and keep on after a failure.

    python -m tests.fuzz HOURS

Where atheris is installed, every second turn is guided by coverage (``tests.fuzz.guided``). A failure is written to
``build/fuzz/failures``: the smallest input that hypothesis found, and how to repeat it.
"""

import importlib.util
import os
import re
import secrets
import subprocess
import sys
import time
from collections import Counter
from itertools import cycle, product
from pathlib import Path

FOLDER = Path("build/fuzz")

TURN = 60
"""Seconds that a test runs at a time."""

_NAME = re.compile(r"^@given.*?^def (test_\w+)", re.MULTILINE | re.DOTALL)


def tests() -> list[str]:
    """Every fuzz test, as pytest names it."""
    files = sorted(Path("tests/fuzz").glob("test_*.py"))
    return [f"{file}::{name}" for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))]


def run_guided(test: str) -> tuple[int, str]:
    """The number of examples, and the output of a failure."""
    folder = FOLDER / test.partition("::")[2]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", test, str(TURN), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    output = result.stdout + result.stderr
    counted = re.findall(r"^(\d+) examples$", output, re.MULTILINE)
    return int(counted[-1]) if counted else 0, output if result.returncode else ""


def run_random(test: str, most: int) -> tuple[int, str]:
    """As ``run_guided``; at most ``most`` examples."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--hypothesis-show-statistics"]
    command += [f"--hypothesis-seed={secrets.randbits(32)}", test]
    environment = {**os.environ, "FUZZ_EXAMPLES": str(most)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    counted = re.findall(r"(\d+) passing", result.stdout)
    return sum(map(int, counted)), " ".join(command) + "\n" + result.stdout + result.stderr if result.returncode else ""


def main(hours: float) -> int:
    """The exit status: 1 if a test failed."""
    end = time.monotonic() + hours * 3600
    ways = [False, True] if importlib.util.find_spec("atheris") else [False]
    if len(ways) == 1:
        print("atheris is not installed: inputs are drawn at random only")
    examples: Counter[str] = Counter()
    speeds: dict[str, float] = {}
    failed: Counter[str] = Counter()
    for is_guided, test in cycle(product(ways, tests())):
        if time.monotonic() > end or all(failed[each] > 2 for each in tests()):
            break
        if failed[test] > 2:
            continue
        start = time.monotonic()
        number, failure = run_guided(test) if is_guided else run_random(test, int(speeds.get(test, 10) * TURN))
        seconds = time.monotonic() - start
        if not is_guided and number:
            speeds[test] = number / seconds
        examples[test] += number
        print(f"{time.strftime('%H:%M:%S')} {seconds:4.0f} s {number:7,} examples {test}", flush=True)
        if failure:
            failed[test] += 1
            (FOLDER / "failures").mkdir(parents=True, exist_ok=True)
            place = FOLDER / "failures" / f"{test.partition('::')[2]}-{failed[test]}.txt"
            place.write_text(failure, encoding="utf-8")
            print(f"  FAILED, see {place}", flush=True)
    for test, number in sorted(examples.items()):
        print(f"{number:10,} examples {test}{f', {failed[test]} failures' if failed[test] else ''}")
    print(f"{examples.total():,} examples of {len(examples)} tests, {failed.total()} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1))
