"""Marks of sets of phrases (MinHash, Broder 1997), and which of many marks are alike.

The scheme is the one that datasketch 2 calls affine32, to the bit; that package is not used since
loading it takes longer than reading a changed file does.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint32]

PERMUTATIONS = 128
_SEED = 1
_BLOCK = 4_096
_BANDS, _ROWS = 32, 4
"""Two marks that agree in 0.7 of their places share no band once in 6,000 pairs; at 0.8, in 20 million."""
_FEW = 64
"""Up to so many new marks are held against every other one, without bands."""


def mark(phrases: Iterable[bytes]) -> bytes:
    """Return the mark of a set of phrases: for each of 128 permutations of hashes the least."""
    hashes = np.frombuffer(
        b"".join(hashlib.sha1(p, usedforsecurity=False).digest()[:4] for p in phrases), dtype="<u4"
    )
    least = np.full(PERMUTATIONS, 0xFFFFFFFF, np.uint32)
    factors, terms = _permutations()
    for start in range(0, len(hashes), _BLOCK):
        mixed = _mixed(hashes[start : start + _BLOCK].astype(np.uint32))[:, None]
        least = np.minimum(least, (mixed * factors + terms).min(axis=0))
    return bytes(least.astype("<u4").tobytes())


@functools.cache
def _permutations() -> tuple[Numbers, Numbers]:
    chance = np.random.RandomState(_SEED)
    factors = chance.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2)
    terms = chance.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
    return factors + np.uint32(1), terms


def _mixed(hashes: Numbers) -> Numbers:
    """Return the hashes through MurmurHash3's last step, which spreads them."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes = hashes * np.uint32(0x85EBCA6B)
    hashes = hashes ^ (hashes >> np.uint32(13))
    hashes = hashes * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def alike(marks: Sequence[bytes], new: Sequence[int], *, share: float) -> dict[int, list[int]]:
    """Return for each of the places ``new`` the others whose marks agree in at least ``share``."""
    if not marks:
        return {}
    every = np.frombuffer(b"".join(marks), dtype="<u4").reshape(len(marks), PERMUTATIONS)
    maybe: Mapping[int, Sequence[int]]
    if len(new) <= _FEW:
        maybe = dict.fromkeys(new, range(len(marks)))
    else:
        maybe = _sharing_a_band(every, set(new))
    found = {}
    for place, others in maybe.items():
        rows = np.fromiter(others, np.int64, len(others))
        agree = (every[rows] == every[place]).mean(axis=1)
        found[place] = [int(row) for row in rows[agree >= share] if row != place]
    return found


def _sharing_a_band(every: npt.NDArray[np.uint32], new: set[int]) -> dict[int, list[int]]:
    shared: dict[int, set[int]] = {place: set() for place in new}
    for band in range(_BANDS):
        part = np.ascontiguousarray(every[:, band * _ROWS : (band + 1) * _ROWS])
        keys = part.view(np.dtype((np.void, part.dtype.itemsize * _ROWS))).reshape(-1)
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        for group in np.split(order, edges) if len(edges) < len(order) - 1 else ():
            if len(group) > 1:
                members = group.tolist()
                for place in new.intersection(members):
                    shared[place].update(members)
    return {place: sorted(others - {place}) for place, others in shared.items()}
