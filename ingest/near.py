"""Near-duplicates: documents that are worded nearly alike are told of, and none is dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from corpus.signatures import Signature, Signatures
from ingest import minhash

WORDS = 5
"""Words of a phrase; two texts are compared by the phrases that they share."""
LEAST = 20
"""Phrases; shorter texts are alike by chance."""
MOST = 100_000
"""Phrases of a text that are compared, from its beginning."""
SHARE = 0.8
"""Shared phrases of all phrases (Jaccard) from which two documents are nearly the same."""
_SLACK = 0.1
"""A mark tells the share to about 0.05; what it finds this far below is compared exactly."""
_NAMED = 3
_SHORT = b"-"
"""The mark of a text that is too short to be compared."""
_WORD = re.compile(r"\w+")


def near_duplicates(store: Signatures, documents: Collection[str]) -> dict[str, str]:
    """Return for each of ``documents`` that is nearly the same as others which, and how nearly.

    Compared with the whole working set; marks that are missing are made and kept.
    """
    if not documents:
        return {}
    known = [signature for signature in _completed(store) if signature.mark != _SHORT]
    new = [place for place, each in enumerate(known) if each.document_id in documents]
    maybe = minhash.alike([each.mark for each in known], new, share=SHARE - _SLACK)
    texts: dict[int, frozenset[str]] = {}

    def phrases(signature: Signature) -> frozenset[str]:
        if signature.version_id not in texts:
            texts[signature.version_id] = phrases_of(store.text(signature.version_id))
        return texts[signature.version_id]

    found: dict[str, str] = {}
    for place, others in maybe.items():
        signature = known[place]
        alike = []
        for other in others:
            share = _share(phrases(signature), phrases(known[other]))
            if share >= SHARE:
                alike.append((share, known[other].document_id))
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
        known.append(Signature(each.version_id, each.document_id, each.title, mark))
    store.put(made)
    return known


def _mark(phrases: frozenset[str]) -> bytes:
    """Return the mark of a text."""
    if len(phrases) < LEAST:
        return _SHORT
    return minhash.mark(phrase.encode("utf-8", "surrogatepass") for phrase in phrases)
