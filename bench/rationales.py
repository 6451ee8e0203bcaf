"""Pick the sentence of an abstract that a claim rests on, by the scores that choose our quotes.

Usage: python -m bench.rationales DIR [--split train] [--json]

DIR holds SciFact with ``rationales.SPLIT.jsonl`` ("claim", "doc", "sents": the places of sentences that
are evidence together or alone) and ``sentences.SPLIT.jsonl`` (an abstract's "_id" and "sents"). A pair of
claim and abstract is hit at k if one of the k best sentences is evidence. Beside ours stand late
interaction alone, the cosine of whole sentences, and BM25 within the set's sentences.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from answer.sentences import score_sentences, sentences_of
from answer.token_cache import TokenCache
from corpus.errors import UsageError
from corpus.records import Document, Hit, Metadata, Passage
from index.embed import Encoder
from index.lexical import content_stems, words
from patella.asking import idf
from patella.encoders import make_encoder
from patella.settings import load

Ranking = Callable[[str, Sequence[str]], Sequence[float]]
"""A claim and the sentences of an abstract to a score for each sentence."""


def read_pairs(folder: Path, split: str) -> list[tuple[str, list[str], set[int]]]:
    """Return each claim with the sentences of an abstract, and the places of its evidence.

    Raises UsageError where a file is missing.
    """
    try:
        rationales = (folder / f"rationales.{split}.jsonl").read_text("utf-8").splitlines()
        abstracts = (folder / f"sentences.{split}.jsonl").read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"The file {error.filename} cannot be read.",
            hint="Give the folder of SciFact, and a split whose rationales it holds.",
        ) from error
    sentences = {row["_id"]: row["sents"] for row in map(json.loads, abstracts)}
    evidence: dict[tuple[str, str], set[int]] = {}
    for row in map(json.loads, rationales):
        evidence.setdefault((row["claim"], row["doc"]), set()).update(row["sents"])
    return [
        (claim, sentences[doc], places)
        for (claim, doc), places in evidence.items()
        if doc in sentences
    ]


def ours(encoder: Encoder, weight: Callable[[str], float]) -> Ranking:
    """Return the ranking by the scores that choose quotes, every sentence of one passage."""
    cache = TokenCache(encoder)

    def rank(claim: str, sentences: Sequence[str]) -> list[float]:
        hit = _hit(sentences)
        scored = score_sentences(
            claim,
            sentences_of([hit]),
            stems=content_stems(claim),
            idf=weight,
            encoder=encoder,
            cache=cache,
        )
        return [one.score for one in scored]

    return rank


def late(encoder: Encoder) -> Ranking:
    """Return the ranking by late interaction alone."""
    cache = TokenCache(encoder)

    def rank(claim: str, sentences: Sequence[str]) -> list[float]:
        query = cache.get([claim])[0]
        return [float((query @ s.T).max(axis=1).mean()) for s in cache.get(sentences)]

    return rank


def cosine(encoder: Encoder) -> Ranking:
    """Return the ranking by the cosine of the claim and each whole sentence."""

    def rank(claim: str, sentences: Sequence[str]) -> list[float]:
        vectors = encoder.encode([claim, *sentences])
        scores: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return scores

    return rank


def bm25(sentences: Sequence[str], *, k1: float = 1.2, b: float = 0.75) -> Ranking:
    """Return the ranking by BM25 (Robertson and Zaragoza 2009), frequencies taken over ``sentences``."""
    frequency = Counter(stem for s in sentences for stem in _stems(s))
    mean = sum(len(words(s)) for s in sentences) / max(len(sentences), 1)

    def rank(claim: str, found: Sequence[str]) -> list[float]:
        scores = []
        for text in found:
            counts = Counter(stem for _, _, stem in words(text))
            norm = k1 * (1 - b + b * sum(counts.values()) / mean)
            scores.append(
                sum(
                    math.log(1 + (len(sentences) - frequency[s] + 0.5) / (frequency[s] + 0.5))
                    * counts[s]
                    * (k1 + 1)
                    / (counts[s] + norm)
                    for s in content_stems(claim)
                )
            )
        return scores

    return rank


def measure(pairs: Sequence[tuple[str, list[str], set[int]]], rank: Ranking) -> dict[str, float]:
    """Return the share of pairs with evidence among the first sentence, and the first three."""
    first = three = 0
    for claim, sentences, places in pairs:
        order = np.argsort(-np.array(rank(claim, sentences)), kind="stable")
        first += int(order[0]) in places
        three += bool(places & set(order[:3].tolist()))
    return {"hit@1": first / len(pairs), "hit@3": three / len(pairs)}


def _stems(text: str) -> set[str]:
    return {stem for _, _, stem in words(text)}


def _hit(sentences: Sequence[str]) -> Hit:
    """Return the abstract as one passage that a search found."""
    text = " ".join(sentences)
    ends = np.cumsum([len(s) + 1 for s in sentences]).tolist()
    spans = tuple((e - 1 - len(s), e - 1) for s, e in zip(sentences, ends, strict=True))
    passage = Passage(1, 1, "abstract", 0, 0, len(text), text, "", (), spans)
    document = Document("abstract", 1, 1, "text", Metadata(), "abstract", (), "", "", "", 0, 1)
    return Hit(passage, document, 1.0, 1.0, 0.0)


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    pairs = read_pairs(args.folder, args.split)
    encoder = make_encoder(load())
    texts = list(dict.fromkeys(s for _, sentences, _ in pairs for s in sentences))
    frequency = Counter(stem for s in texts for stem in _stems(s))
    rankings = {
        "ours": ours(encoder, idf(frequency.__getitem__, len(texts))),
        "late interaction alone": late(encoder),
        "cosine": cosine(encoder),
        "BM25": bm25(texts),
    }
    found = {name: measure(pairs, rank) for name, rank in rankings.items()}
    if args.json:
        print(json.dumps({"pairs": len(pairs), "split": args.split} | found))
        return
    print(f"{len(pairs)} pairs of claim and abstract, split {args.split}\n")
    for name, shares in found.items():
        print(f"{name:24} hit@1 {shares['hit@1']:.3f}  hit@3 {shares['hit@3']:.3f}")


if __name__ == "__main__":
    main()
