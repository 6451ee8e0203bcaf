"""Near-duplicates: documents that are worded nearly alike are told of, and none is dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from corpus.signatures import Signature, Signatures

WORDS = 5
"""Words of a phrase; two texts are compared by the phrases that they share."""
LEAST = 20
"""Phrases; shorter texts are alike by chance."""
MOST = 100_000
"""Phrases of a text that are compared, from its beginning."""
SHARE = 0.8
"""Shared phrases of all phrases (Jaccard) from which two documents are nearly the same."""
_PERMUTATIONS = 128
_SLACK = 0.1
"""A mark tells the share to about 0.05; what it finds this far below is compared exactly."""
_NAMED = 3
_WORD = re.compile(r"\w+")


def near_duplicates(store: Signatures, documents: Collection[str]) -> dict[str, str]:
    """Return for each of ``documents`` that is nearly the same as others which, and how nearly.

    Compared with the whole working set; marks that are missing are made and kept.
    """
    if not documents:
        return {}
    known = _completed(store)
    new = set(documents)
    index = _index(known)
    texts: dict[int, frozenset[str]] = {}

    def phrases(signature: Signature) -> frozenset[str]:
        if signature.version_id not in texts:
            texts[signature.version_id] = phrases_of(store.text(signature.version_id))
        return texts[signature.version_id]

    found: dict[str, str] = {}
    by_id = {signature.document_id: signature for signature in known}
    for signature in known:
        if signature.document_id not in new or not signature.mark:
            continue
        alike = []
        for other in sorted(index.query(_minhash(signature.mark))):
            if other != signature.document_id:
                share = _share(phrases(signature), phrases(by_id[other]))
                if share >= SHARE:
                    alike.append((share, other))
        if alike:
            found[signature.document_id] = _words(alike)
        texts.pop(signature.version_id, None)
    return found


def phrases_of(text: str) -> frozenset[str]:
    """Return the phrases of a text: each run of WORDS words, in lower case."""
    words = [word.group().casefold() for word in _WORD.finditer(text)][: MOST + WORDS]
    return frozenset(" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _words(alike: Iterable[tuple[float, str]]) -> str:
    best = sorted(alike, key=lambda pair: (-pair[0], pair[1]))
    named = [f"{name} ({int(share * 100)} % of their phrases)" for share, name in best[:_NAMED]]
    more = f" and {len(best) - _NAMED} more" if len(best) > _NAMED else ""
    return f"Nearly the same as {', '.join(named)}{more}."


def _completed(store: Signatures) -> list[Signature]:
    known: list[Signature] = []
    made: dict[int, bytes] = {}
    for each in store.working():
        mark = each.mark
        if not mark:
            mark = made[each.version_id] = _mark(phrases_of(store.text(each.version_id)))
        known.append(Signature(each.version_id, each.document_id, each.title, mark.strip(b"-")))
    store.put(made)
    return known


def _mark(phrases: frozenset[str]) -> bytes:
    """Return the mark of a text; a dash for one that is too short to be compared."""
    if len(phrases) < LEAST:
        return b"-"
    minhash = _blank().copy()
    minhash.update_batch([phrase.encode("utf-8", "surrogatepass") for phrase in phrases])
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


@cache
def _blank() -> Any:
    from datasketch import MinHash  # noqa: PLC0415  (heavy)

    # marks are kept: the scheme must not change with the library's default
    return MinHash(num_perm=_PERMUTATIONS, seed=1, scheme="affine32")


def _minhash(mark: bytes) -> Any:
    import numpy as np  # noqa: PLC0415  (only here)

    minhash = _blank().copy()
    minhash.hashvalues = np.frombuffer(mark, dtype="<u4").astype(minhash.hashvalues.dtype)
    return minhash


def _index(known: Iterable[Signature]) -> Any:
    from datasketch import MinHashLSH  # noqa: PLC0415  (heavy)

    index = MinHashLSH(threshold=SHARE - _SLACK, num_perm=_PERMUTATIONS)
    for signature in known:
        if signature.mark:
            index.insert(signature.document_id, _minhash(signature.mark))
    return index
