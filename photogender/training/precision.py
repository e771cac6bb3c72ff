"""In which precision a net computes while it is trained."""

import torch

from photogender.training.recipe import Precision


def computing(precision: Precision) -> torch.autocast:
    """A context in which nets compute in bfloat16, if that is asked for and the CPU has instructions for it.

    Other CPUs convert each number there and back, which took ten times as long as single precision (Zen 3, AVX2).
    """
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16" and computes_in_bfloat16())


def computes_in_bfloat16() -> bool:
    """Whether this machine's CPU has instructions for it (AVX512-BF16; whatever has AMX has these)."""
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
