"""Near-duplicates: documents that are worded nearly alike are told of, and none is dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

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
_FEW = 64
"""Up to so many documents are looked up one by one; more are compared by bands."""
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
    _complete(store)
    maybe = _maybe(store, documents)
    texts: dict[int, frozenset[str]] = {}

    def phrases(signature: Signature) -> frozenset[str]:
        if signature.version_id not in texts:
            texts[signature.version_id] = phrases_of(store.text(signature.version_id))
        return texts[signature.version_id]

    found: dict[str, str] = {}
    for signature, others in maybe:
        alike = []
        for other in others:
            share = _share(phrases(signature), phrases(other))
            if share >= SHARE:
                alike.append((share, other.document_id))
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


def _maybe(
    store: Signatures, documents: Collection[str]
) -> Iterator[tuple[Signature, list[Signature]]]:
    """Give each of ``documents`` with those whose marks are like its own."""
    if len(documents) <= _FEW:
        # looked up by parts of their marks: the rest of the library is not read
        for signature in store.of(documents):
            if signature.mark != _SHORT:
                near = [signature, *store.sharing(signature.mark)]
                found = minhash.alike([each.mark for each in near], [0], share=SHARE - _SLACK)
                alike = [near[place] for place in found[0]]
                yield signature, [x for x in alike if x.version_id != signature.version_id]
        return
    known = [signature for signature in store.working() if signature.mark not in (b"", _SHORT)]
    new = [place for place, each in enumerate(known) if each.document_id in documents]
    for place, others in minhash.alike(
        [each.mark for each in known], new, share=SHARE - _SLACK
    ).items():
        yield known[place], [known[other] for other in others]


def mark_of(text: str) -> bytes:
    """Return the mark by which texts worded like ``text`` are found."""
    return _mark(phrases_of(text))


def _complete(store: Signatures) -> None:
    made = {each.version_id: mark_of(store.text(each.version_id)) for each in store.unmarked()}
    if made:
        store.put(made)


def _mark(phrases: frozenset[str]) -> bytes:
    """Return the mark of a text."""
    if len(phrases) < LEAST:
        return _SHORT
    return minhash.mark(phrase.encode("utf-8", "surrogatepass") for phrase in phrases)
