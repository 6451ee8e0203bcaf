"""What the hardware can do: the matrix products that an encoder is made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def gemm(size: int = 1536, rounds: int = 8) -> dict[str, float]:
    """Return the GFLOP/s of matrix products in float32 (NumPy's BLAS) and bfloat16 (torch), all cores."""
    import torch

    found = {}
    a = np.random.default_rng(0).random((size, size), dtype=np.float32)
    found["float32"] = _best(lambda: a @ a, size, rounds)
    b = torch.from_numpy(a).to(torch.bfloat16)
    found["bfloat16"] = _best(lambda: b @ b, size, rounds)
    return found


def _best(product: Callable[[], object], size: int, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        product()
        times.append(time.perf_counter() - begun)
    return 2 * size**3 / min(times) / 1e9


def flops(tokens: list[int], *, layers: int = 6, hidden: int = 384, inner: int = 1536) -> float:
    """Return the operations of a BERT pass over texts of these lengths, in matrix products alone."""
    total = 0.0
    for n in tokens:
        total += layers * (2 * n * (4 * hidden * hidden + 2 * hidden * inner) + 4 * n * n * hidden)
    return total
