"""What the hardware can do: products for the encoder, memory for the flat scan, the disk for publishing."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

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


def _best(product: object, size: int, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        product()  # type: ignore[operator]
        times.append(time.perf_counter() - begun)
    return 2 * size**3 / min(times) / 1e9


def flops(tokens: list[int], *, layers: int = 6, hidden: int = 384, inner: int = 1536) -> float:
    """Return the operations of a BERT pass over texts of these lengths, in matrix products alone."""
    total = 0.0
    for n in tokens:
        total += layers * (2 * n * (4 * hidden * hidden + 2 * hidden * inner) + 4 * n * n * hidden)
    return total


def memory(megabytes: int = 256, rounds: int = 6) -> float:
    """Return the GB/s at which one thread reads memory."""
    data = np.ones(megabytes * 131_072, dtype=np.float64)
    return data.nbytes / min(_timed(data.sum) for _ in range(rounds)) / 1e9


def disk(folder: Path, rounds: int = 20) -> float:
    """Return the median seconds of writing a small file and syncing it and its folder."""
    times = []
    with tempfile.TemporaryDirectory(dir=folder) as work:
        for number in range(rounds):
            times.append(_timed(lambda number=number: _write(Path(work), number)))
    return sorted(times)[rounds // 2]


def _write(folder: Path, number: int) -> None:
    with (folder / str(number)).open("wb") as file:
        file.write(b"0" * 4096)
        file.flush()
        os.fsync(file.fileno())
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _timed(what: object) -> float:
    begun = time.perf_counter()
    what()  # type: ignore[operator]
    return time.perf_counter() - begun
