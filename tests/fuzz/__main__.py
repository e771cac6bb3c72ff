"""Run the fuzz tests for some hours, each round with another seed; stop at the first failure.

    python -m tests.fuzz HOURS

A failure prints its seed: ``pytest tests/fuzz --hypothesis-seed=SEED`` repeats it.
"""

import os
import secrets
import subprocess
import sys
import time


def main(hours: float) -> int:
    """The exit status: 1 if a round failed."""
    end = time.monotonic() + hours * 3600
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/fuzz"]
        environment = {**os.environ, "FUZZ_EXAMPLES": "3000"}
        seed = secrets.randbits(32)
        result = subprocess.run([*command, f"--hypothesis-seed={seed}"], env=environment, check=False)
        if result.returncode:
            print(f"round {rounds} failed with seed {seed}")
            return 1
    print(f"{rounds} rounds without a failure")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1))
