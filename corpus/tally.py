"""The digest of a set of versions, of which single ones can be taken in and out.

LtHash (Bellare and Micciancio 1997; Lewi, Kim, Maykov and Weis 2019): each version is hashed to 1,024
numbers of 16 bits, and a set is the sum of its versions, so it comes out the same whatever the order
and the history. Two sets of one sum would be a short vector of a lattice, which nobody knows how to find.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus import coding
from corpus.rows import digested

LANES = 1024

Tally = npt.NDArray[np.uint16]
"""The sum of a set of versions, shape (LANES,)."""

HASHED = (
    'SELECT v.document_id AS id, v.text_sha, p.start, p."end", p.encoder_sha, p.questions'
    " FROM versions v LEFT JOIN passages p ON p.version_id = v.id"
)
"""What is hashed of each passage; ``tallied`` wants it by version and ordinal."""


def tallied(rows: Iterable[Any]) -> tuple[Tally, int, int]:
    """Return the sum of the versions that rows of HASHED tell, how many they are, and their passages."""
    total = np.zeros(LANES, np.uint16)
    versions = passages = 0
    for own in _versions(rows):
        total += _leaf(coding.dump([digested(row) for row in own]))
        versions += 1
        passages += sum(row["encoder_sha"] is not None for row in own)
    return total, versions, passages


def digest_of(tally: Tally) -> str:
    """Return the digest of a set of versions, in hexadecimal."""
    return hashlib.sha256(to_bytes(tally)).hexdigest()


def to_bytes(tally: Tally) -> bytes:
    """Return a sum as it is kept."""
    return tally.astype("<u2").tobytes()


def from_bytes(kept: bytes) -> Tally:
    """Return what ``to_bytes`` wrote."""
    return np.frombuffer(kept, "<u2").astype(np.uint16)


def _leaf(content: str) -> Tally:
    wide = hashlib.shake_128(content.encode("utf-8", "surrogatepass")).digest(2 * LANES)
    return np.frombuffer(wide, "<u2")


def _versions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    # no document has two versions in one set
    for _, own in groupby(rows, key=lambda row: row["id"]):
        yield list(own)
