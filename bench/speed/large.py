"""Index folders of any size, without a library: what a search reads, of passages put together from sentences.

A passage is five to eight sentences of one subject (an anchor and some of the sixty nearest to it), and its
vector the sum of theirs with a little noise: an encoder's vector of such a text is near that. Passages of
random sentences lie all alike, and are much harder to tell apart than people's texts. The eight passages
of a document have one title, the words that a sentence begins with.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.speed.corpora import sentences
from index import generation as gen
from index import lexical
from index.embed import Encoder
from index.segment_writer import Block, write_segment
from index.vector_files import Vectors

_EACH = 8
_NEAR = 60
_NOISE = 0.2
_STEP = 4_000


@dataclass(frozen=True, slots=True)
class _Pool:
    """Sentences with their vectors, titles' vectors, and the sentences nearest to each."""

    sentences: Sequence[str]
    vectors: Vectors
    titles: Sequence[str]
    title_vectors: Vectors
    near: npt.NDArray[np.int64]


def made(work: Path, size: int, encoder: Encoder) -> Path:
    """Return the index folder of ``size`` passages; it is made if it is not there."""
    root = work / f"made-up-{size}-index"
    folder = root / gen.folder_name(1)
    if not folder.is_dir():
        shutil.rmtree(root, ignore_errors=True)
        draft = root / ".new"
        (draft / gen.LEXICAL).mkdir(parents=True)
        (draft / "seg-00000001").mkdir()
        pool = _pool(encoder)
        write_segment(draft / "seg-00000001", _blocks(pool, size), dimension=encoder.dimension)
        lexical.write(draft / gen.LEXICAL, add=_texts(pool, size), create=True)
        manifest = gen.Manifest(
            generation=1,
            model=encoder.identity,
            dimension=encoder.dimension,
            passages=size,
            digest=f"made up, {size}",
            lexical_deleted=0,
            stemmers=("english",),
            segments=(gen.SegmentEntry("seg-00000001", size, 0),),
            files=(),
        )
        gen.write_manifest(draft, manifest)
        gen.seal(draft, root, 1)
    return folder


def _pool(encoder: Encoder) -> _Pool:
    known = sentences()
    vectors = encoder.encode(known)
    titles = [" ".join(one.split()[:6]) for one in known]
    near = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1 : _NEAR + 1]
    return _Pool(known, vectors, titles, encoder.encode(titles), near)


def _pieces(pool: _Pool, size: int) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Yield each passage's title and sentences; seeded."""
    chance = np.random.default_rng(8)
    title = 0
    for number in range(size):
        if number % _EACH == 0:
            title = int(chance.integers(len(pool.sentences)))
        anchor = pool.near[title, chance.integers(_NEAR)]
        beside = pool.near[anchor, chance.integers(0, _NEAR, chance.integers(4, 8))]
        yield title, np.array([anchor, *beside])


def _blocks(pool: _Pool, size: int) -> Iterator[Block]:
    chance = np.random.default_rng(9)
    dimension = pool.vectors.shape[1]
    passages, titles, first = [], [], 0
    for number, (title, made_of) in enumerate(_pieces(pool, size), 1):
        passages.append(pool.vectors[made_of].sum(axis=0))
        titles.append(title)
        if len(passages) == _STEP or number == size:
            noise = chance.standard_normal((len(passages), dimension), np.float32)
            noise *= _NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
            rows = _unit(_unit(np.array(passages, np.float32)) + noise)
            yield Block(
                ids=np.arange(first + 1, number + 1),
                passages=rows,
                titles=pool.title_vectors if not first else rows[:0],
                title_rows=np.array(titles, np.int32),
                titled=pool.title_vectors[titles],
                questions=rows[:0],
                question_ids=np.empty(0, np.int64),
            )
            passages, titles, first = [], [], number


def _unit(rows: Vectors) -> Vectors:
    found: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def _texts(pool: _Pool, size: int) -> Iterator[lexical.LexicalEntry]:
    for number, (title, made_of) in enumerate(_pieces(pool, size), 1):
        text = " ".join(pool.sentences[one] for one in made_of)
        yield lexical.LexicalEntry(number, pool.titles[title], text)
