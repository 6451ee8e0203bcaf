"""Token vectors in a small form (turned, four bits a number, a length), and how near a question's are.

A token takes half a byte a dimension and two bytes more: 194 instead of 1,536 bytes at 384 dimensions.
The turning spreads what is large in a few dimensions over all of them, so that sixteen steps are enough
for each; it keeps every angle (signs and Hadamard matrices, as in QuIP#, Tseng et al. 2024). The length
is set so that a vector's product with itself stays true (as in RaBitQ, Gao and Long 2024).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.embed import Vectors

FORM = "turned/4 bits/1"
"""Names the form: what was written in another one is of no use."""

_STEPS = 16
_REACH = 3.0
"""How many standard deviations the sixteen steps span, to each side."""

Codes = npt.NDArray[np.uint8]


def pack(rows: Vectors) -> bytes:
    """Return token vectors, shape (tokens, dimension), in the small form."""
    turned = _turn(_even(rows))
    spread = np.sqrt((turned * turned).mean(axis=1, keepdims=True)) * _REACH
    spread[spread == 0] = 1
    codes = np.clip((turned / spread + 1) * (_STEPS / 2), 0, _STEPS - 1).astype(np.uint8)
    steps = codes.astype(np.float32) - _MIDDLE
    mass = (turned * turned).sum(axis=1)
    along = (turned * steps).sum(axis=1)
    scale = np.divide(mass, along, out=np.zeros_like(mass), where=along > 0)
    half = codes.shape[1] // 2
    out = np.empty((len(rows), half + 2), np.uint8)
    out[:, :half] = codes[:, :half] | codes[:, half:] << 4
    out[:, half:] = scale.astype("<f2")[:, None].view(np.uint8)
    return out.tobytes()


_MIDDLE = (_STEPS - 1) / 2
_ONE_THREAD = 1 << 18
"""Multiplications up to which OpenBLAS stays on one thread. More of them on all cores cost 7 ms instead
of 1 on idle cores, and on busy ones seconds, since its threads wait for each other in a loop."""


def tokens_in(packed: bytes, dimension: int) -> int:
    """Return how many token vectors ``packed`` holds. Raises ValueError where it is none of ours."""
    count, rest = divmod(len(packed), _width(dimension))
    if rest or not count:
        raise ValueError("not token vectors of this dimension")
    return count


def unpack(packed: bytes, dimension: int) -> Vectors:
    """Return the vectors that ``pack`` was given, nearly: shape (tokens, dimension)."""
    low, high, scale = _parts([packed], dimension)
    steps = np.concatenate([low, high], axis=1).astype(np.float32) - _MIDDLE
    back: Vectors = _turn_back(steps * scale[:, None])[:, :dimension]
    return back


def nearest(query: Vectors, packed: Sequence[bytes], dimension: int) -> Vectors:
    """Return for each text the greatest product of each vector of ``query`` with one of its tokens'.

    ``query`` has shape (tokens, dimension), what is returned (texts, tokens of the query).
    """
    low, high, scale = _parts(packed, dimension)
    half = low.shape[1]
    turned = _turn(_even(query))
    one, other = (np.ascontiguousarray(part.T) for part in (turned[:, :half], turned[:, half:]))
    products = np.empty((len(low), len(query)), np.float32)
    step = max(1, _ONE_THREAD // (half * len(query)))
    for at in range(0, len(low), step):
        part = slice(at, at + step)
        products[part] = low[part].astype(np.float32) @ one
        products[part] += high[part].astype(np.float32) @ other
    products -= _MIDDLE * turned.sum(axis=1)
    products *= scale[:, None]
    width = _width(dimension)
    begins = np.cumsum([0, *(len(one) // width for one in packed[:-1])])
    best: Vectors = np.maximum.reduceat(products, begins, axis=0)
    return best


def _width(dimension: int) -> int:
    return (dimension + 1) // 2 + 2


def _parts(packed: Sequence[bytes], dimension: int) -> tuple[Codes, Codes, Vectors]:
    width = _width(dimension)
    rows = np.frombuffer(b"".join(packed), np.uint8).reshape(-1, width)
    codes = rows[:, :-2]
    scale = np.ascontiguousarray(rows[:, -2:]).view("<f2")[:, 0].astype(np.float32)
    return codes & np.uint8(15), codes >> np.uint8(4), scale


def _even(rows: Vectors) -> Vectors:
    """Return vectors of an even number of dimensions, so that two share a byte."""
    return rows if rows.shape[1] % 2 == 0 else np.pad(rows, ((0, 0), (0, 1)))


def _turn(rows: Vectors) -> Vectors:
    for signs in _signs(rows.shape[1]):
        rows = _mixed(_hadamard(rows * signs))
    return rows


def _turn_back(rows: Vectors) -> Vectors:
    for signs in reversed(_signs(rows.shape[1])):
        rows = _hadamard(_unmixed(rows)) * signs
    return rows


def _block(dimension: int) -> int:
    """Return the largest power of two that divides it."""
    return dimension & -dimension


def _mixed(rows: Vectors) -> Vectors:
    """Put next to each other what stands at one place of each block: the next turn mixes the blocks."""
    size = _block(rows.shape[1])
    return rows.reshape(len(rows), -1, size).transpose(0, 2, 1).reshape(len(rows), -1)


def _unmixed(rows: Vectors) -> Vectors:
    size = _block(rows.shape[1])
    return rows.reshape(len(rows), size, -1).transpose(0, 2, 1).reshape(len(rows), -1)


def _hadamard(rows: Vectors) -> Vectors:
    """Multiply each block by the Hadamard matrix of its size over its root: it is its own inverse."""
    size = _block(rows.shape[1])
    out = rows.reshape(-1, size)
    step = 1
    while step < size:
        pairs = out.reshape(-1, size // (2 * step), 2, step)
        out = np.empty_like(pairs)
        np.add(pairs[:, :, 0], pairs[:, :, 1], out=out[:, :, 0])
        np.subtract(pairs[:, :, 0], pairs[:, :, 1], out=out[:, :, 1])
        step *= 2
    turned: Vectors = (out.reshape(rows.shape) / np.sqrt(np.float32(size))).astype(np.float32)
    return turned


@functools.lru_cache(maxsize=4)
def _signs(dimension: int) -> tuple[Vectors, Vectors]:
    """Return two rows of signs, the same everywhere and at all times."""
    bits = hashlib.shake_256(b"patella token vectors").digest(2 * dimension)
    signs = np.where(np.frombuffer(bits, np.uint8) & 1, 1, -1).astype(np.float32)
    return signs[:dimension], signs[dimension:]
