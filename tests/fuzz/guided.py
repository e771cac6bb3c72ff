"""Run one fuzz test for some time, guided by coverage: inputs that reach new lines are changed further.

    python -m tests.fuzz.guided tests/fuzz/test_xmp.py::test_what SECONDS FOLDER

Needs atheris. FOLDER keeps the inputs that reached something new; the next run begins with them. An input that takes
20 seconds or 2.5 GB is a failure too. The last line of the output counts the examples that were run.
"""

import importlib
import os
import sys
import time

import atheris


def main(test: str, seconds: str, folder: str) -> None:
    """Never returns: libFuzzer ends the process at a failure, ``run`` when the time is over."""
    file, _, name = test.partition("::")
    with atheris.instrument_imports(include=["photogender", "PIL", "tomllib", "csv"], enable_loader_override=False):
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    fuzz_one_input = getattr(module, name).hypothesis.fuzz_one_input
    end = time.monotonic() + float(seconds)
    examples = 0

    def run(data: bytes) -> None:
        nonlocal examples
        try:
            examples += fuzz_one_input(data) is not None  # None: too short for an example
        except BaseException:
            print(f"\n{examples} examples", flush=True)
            raise
        if time.monotonic() > end:
            print(f"\n{examples} examples", flush=True)
            os._exit(0)

    limits = ["-max_len=4096", "-len_control=0", "-timeout=20", "-rss_limit_mb=2500", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}/", folder], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
