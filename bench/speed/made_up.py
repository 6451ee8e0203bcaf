"""Libraries of any size: made-up passages whose vectors are put together from their sentences' own.

Embedding a million passages takes hours; the sum of a passage's sentence vectors is near its vector,
and the index cannot tell. Said wherever a figure comes of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from bench.speed.corpora import sentences
from corpus.files import Location
from corpus.records import Metadata, PassageDraft, sha256_text
from corpus.store import NewVersion
from index.embed import Encoder, Progress, Vectors
from ingest.blocks import TextBuilder
from patella.engine import Engine
from patella.writer import Writer

PASSAGES_EACH = 8
"""Passages of a document."""
_NOISE = 0.35
_STEP = 500


class Pieced:
    """An encoder that knows made-up passages by their sentences, and all else as the real one does."""

    def __init__(self, real: Encoder, known: Sequence[str]) -> None:
        self._real = real
        self.identity = real.identity  # so that a server opens the library as any other
        self.dimension = real.dimension
        self.limit = real.limit
        self._known = real.encode(list(known))
        self._made_of: dict[str, tuple[int, ...]] = {}

    def remember(self, text: str, made_of: tuple[int, ...]) -> None:
        """Have ``text`` known by its sentences, until it is encoded."""
        self._made_of[text] = made_of

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        out = np.empty((len(texts), self.dimension), np.float32)
        real = []
        for row, text in enumerate(texts):
            made_of = self._made_of.pop(text, None)
            if made_of is None:
                real.append(row)
                continue
            chance = np.random.default_rng(abs(hash(text)) % 2**32)
            noise = chance.standard_normal(self.dimension).astype(np.float32)
            whole = self._known[list(made_of)].sum(axis=0)
            whole += _NOISE * np.linalg.norm(whole) * noise / np.linalg.norm(noise)
            out[row] = whole / np.linalg.norm(whole)
        if real:
            out[real] = self._real.encode([texts[row] for row in real])
        if progress:
            progress(len(texts))
        return out

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        return self._real.encode_tokens(texts)


def documents(passages: int, known: Sequence[str], encoder: Pieced) -> Iterator[NewVersion]:
    """Yield documents of eight passages each, without going through a reader; seeded."""
    chance = random.Random(passages)
    for number in range(passages // PASSAGES_EACH):
        title = f"Notes {number % 1000}"
        builder = TextBuilder()
        parts = [
            tuple(chance.randrange(len(known)) for _ in range(chance.randint(5, 8)))
            for _ in range(PASSAGES_EACH)
        ]
        for part in parts:
            builder.add("paragraph", " ".join(known[one] for one in part))
        extract = builder.extract(Metadata(title=title, language="en"), "text")
        drafts = []
        for part, block in zip(parts, extract.blocks, strict=True):
            text = extract.text[block.start : block.end]
            spans, at = [], block.start
            for one in part:
                spans.append((at, at + len(known[one])))
                at += len(known[one]) + 1
            draft = PassageDraft(block.start, block.end, text, title, (), tuple(spans))
            encoder.remember(draft.encoder_input, part)
            drafts.append(draft)
        name = f"made-up-{number}.md"
        yield NewVersion(name, sha256_text(f"{name}{passages}"), "made-up", extract, tuple(drafts))


def library(engine: Engine, encoder: Pieced, passages: int) -> None:
    """Fill an empty library and publish it; vectors are made as the documents are stored."""
    known = sentences()
    source = engine.store.files.add("folder", str(engine.settings.data_dir / "never-there")).id
    batch: list[NewVersion] = []
    for new in documents(passages, known, encoder):
        batch.append(new)
        if len(batch) == _STEP:
            _store(engine, batch, source)
    _store(engine, batch, source)
    Writer(engine).publish()


def _store(engine: Engine, batch: list[NewVersion], source: int) -> None:
    with engine.store.transaction():
        for new in batch:
            document = engine.store.put_version(new)
            # what lies nowhere would leave the library with the next run
            place = Location(source, new.path, document, new.original_sha, 1, 2, 3)
            engine.store.files.put_location(place)
    batch.clear()
