"""The precision in which a network computes while it is trained."""

import torch

from photogender.training.recipe import Precision


def autocast(precision: Precision) -> torch.autocast:
    """A context in which networks compute in bfloat16, if that is asked for and the CPU has instructions for it.

    Other CPUs convert every number back and forth, which took ten times as long as single precision (Zen 3, AVX2).
    """
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16" and has_bfloat16())


def has_bfloat16() -> bool:
    """Whether this machine's CPU has bfloat16 instructions (AVX512-BF16, which every CPU with AMX has)."""
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
