"""Why a passage was found: each word's share of its BM25 score, and of its cosine to the question."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from corpus.records import Passage, Share, Why
from index.embed import Encoder, Explaining, TokenParts, Vectors
from index.lexical import WordIndex, words
from index.stemmers import stemmer_of


def why(
    passage: Passage,
    *,
    vector: Vectors,
    weights: Mapping[str, float],
    lexical: WordIndex,
    encoder: Encoder,
    language: str = "",
) -> Why:
    """Explain a passage for a question's unit vector and the stems that were searched.

    The shares of words add up to the BM25 score, and those of tokens (with ``rest``) to the cosine.
    ``language`` is the document's; ``tokens`` is empty where the model does not simply average its tokens.
    """
    read = f"{passage.prefix}\n{passage.text}" if passage.prefix else passage.text
    spelt = {s: read[a:b] for a, b, s in reversed(words(read, stemmer_of(language)))}
    terms = _terms(spelt, passage.id, weights, lexical)
    parts = encoder.token_parts(read) if isinstance(encoder, Explaining) else None
    if parts is None:
        cosine = float(encoder.encode([read])[0] @ vector)
        return Why(passage.id, terms, sum(t.share for t in terms), (), cosine, cosine)
    tokens, rest = token_shares(read, parts, vector)
    cosine = sum(token.share for token in tokens) + rest
    return Why(passage.id, terms, sum(t.share for t in terms), tokens, rest, cosine)


def _terms(
    spelt: Mapping[str, str],
    passage_id: int,
    weights: Mapping[str, float],
    lexical: WordIndex,
) -> tuple[Share, ...]:
    """BM25 is a sum over words, so each word's part is its score alone."""
    found = []
    for stem, weight in weights.items():
        score = lexical.score({stem: weight}, [passage_id]).get(passage_id, 0.0)
        if score > 0:
            found.append(Share(spelt.get(stem, stem), score))
    return tuple(sorted(found, key=lambda share: (-share.share, share.text)))


def token_shares(text: str, parts: TokenParts, vector: Vectors) -> tuple[tuple[Share, ...], float]:
    """Return each word's share of the cosine in the order of the text, and what is no word's.

    A text's vector is the mean of its n token vectors v over its length, so token i brings
    (vᵢ · q) / (n · ‖mean‖), and the sum of all is the cosine.
    """
    mean = parts.vectors.astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean)) or 1.0
    each = (
        parts.vectors.astype(np.float64) @ vector.astype(np.float64) / len(parts.vectors) / length
    )
    spans = [(start, end) for start, end, _ in words(text)]
    sums = [0.0] * len(spans)
    seen = [False] * len(spans)
    rest, at = 0.0, 0
    for (start, end), share in zip(parts.spans, each.tolist(), strict=True):
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if end > start and at < len(spans) and spans[at][0] < end:
            sums[at] += share
            seen[at] = True
        else:
            rest += share
    told = [Share(text[a:b], s) for (a, b), s, ok in zip(spans, sums, seen, strict=True) if ok]
    return tuple(told), rest
