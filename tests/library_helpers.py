"""What the tests of the library, the index and the answers share: small documents, and a whole library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from answer.sentences import ScoredSentence, sentences_of
from corpus.files import Location
from corpus.originals import sha256_bytes
from corpus.records import Block, Document, Extract, Hit, Metadata, Passage, PassageDraft
from corpus.store import NewVersion, Store
from corpus.vectors import VectorStore
from index import generation as gen
from index.build import Builder, Built
from index.embed import HashEncoder, Progress, Vectors
from index.search import Searcher

_SENTENCE = re.compile(r"\S[^\n]*?(?:[.?!:](?=\s|$)|(?=\n)|$)")


def sentence_spans(text: str, base: int = 0) -> tuple[tuple[int, int], ...]:
    """Cut at line breaks and after marks that end a sentence: plain enough for made-up texts."""
    return tuple((base + m.start(), base + m.end()) for m in _SENTENCE.finditer(text))


def new_version(
    path: str,
    *paragraphs: str,
    title: str = "",
    recipe: str = "words/1",
    original: bytes | None = None,
    metadata: Metadata | None = None,
) -> NewVersion:
    """Make a version with a passage for each paragraph."""
    text = "\n\n".join(paragraphs)
    drafts, blocks, start = [], [], 0
    for paragraph in paragraphs:
        end = start + len(paragraph)
        drafts.append(
            PassageDraft(start, end, paragraph, title, (), sentence_spans(paragraph, start))
        )
        blocks.append(Block("paragraph", start, end))
        start = end + 2
    extract = Extract(text, tuple(blocks), metadata or Metadata(title=title), "text")
    sha = sha256_bytes(text.encode() if original is None else original)
    return NewVersion(path, sha, recipe, extract, tuple(drafts))


def put(store: Store, path: str, *paragraphs: str, title: str = "") -> str:
    """Store a document of one source, or a new version of the one at this path; return its id."""
    source = store.files.add("folder", "/articles")
    new = new_version(path, *paragraphs, title=title)
    known = {x.path: x.document_id for x in store.files.locations(source.id)}
    document_id = store.put_version(new, document_id=known.get(path))
    store.files.put_location(Location(source.id, path, document_id, new.original_sha, 1, 2, 3))
    return document_id


def remove(store: Store, path: str) -> None:
    """Take the document at ``path`` out of the working set."""
    store.files.drop_location(store.files.add("folder", "/articles").id, path)
    store.drop_unlocated()


class CountingEncoder(HashEncoder):
    """Remembers what it was given."""

    def __init__(self, *, dimension: int = 64, limit: int = 256) -> None:
        super().__init__(dimension=dimension, limit=limit)
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.seen += texts
        return super().encode(texts, progress=progress)

    def taken(self) -> list[str]:
        """Return what was encoded since this was last asked, in order of the alphabet."""
        seen, self.seen = sorted(self.seen), []
        return seen


class Library:
    """A library in a folder: store, vectors and index, with an encoder that counts."""

    def __init__(self, root: Path, encoder: CountingEncoder | None = None) -> None:
        self.root = root
        self.index = root / "index"
        self.encoder = encoder or CountingEncoder()
        self.store = Store(root / "library.db")
        self.vectors = VectorStore(
            root / "vectors.db", model=self.encoder.identity, dimension=self.encoder.dimension
        )
        self.builder = Builder(
            store=self.store, vectors=self.vectors, encoder=self.encoder, root=self.index
        )

    def close(self) -> None:
        self.store.close()
        self.vectors.close()

    def put(self, path: str, *paragraphs: str, title: str = "") -> str:
        return put(self.store, path, *paragraphs, title=title)

    def remove(self, path: str) -> None:
        remove(self.store, path)

    def publish(self) -> Built:
        return self.builder.publish()

    def folder(self, generation: int) -> Path:
        return self.index / gen.folder_name(generation)

    def searcher(self) -> Searcher:
        """Open the served generation."""
        current = self.store.current()
        assert current is not None
        return Searcher(self.folder(current.id), generation=current)


def document(
    document_id: str = "sitting",
    *,
    version_id: int = 1,
    title: str = "Sitting",
    metadata: Metadata | None = None,
) -> Document:
    """Make the record of a document."""
    return Document(
        id=document_id,
        version_id=version_id,
        number=1,
        format="text",
        metadata=metadata or Metadata(title=title),
        path=f"{document_id}.txt",
        paths=(f"{document_id}.txt",),
        original_sha="0" * 64,
        text_sha="1" * 64,
        indexed_at="2026-01-02T03:04:05Z",
        pages=0,
        passages=1,
    )


def hit(
    text: str,
    *,
    of: Document | None = None,
    passage_id: int = 1,
    start: int = 0,
    heading: tuple[str, ...] = (),
    prefix: str = "",
    score: float = 0.5,
    dense: float = 0.5,
    lexical: float = 1.0,
) -> Hit:
    """Make a hit whose passage begins at ``start`` of its document's text."""
    found = of or document()
    passage = Passage(
        id=passage_id,
        version_id=found.version_id,
        document_id=found.id,
        ordinal=0,
        start=start,
        end=start + len(text),
        text=text,
        prefix=prefix,
        heading=heading,
        sentences=sentence_spans(text, start),
    )
    return Hit(passage, found, score, dense, lexical)


def span_of(*hits: Hit):
    """Return a span function over the texts of ``hits``, as the store would give it."""

    def span(version_id: int, start: int, end: int) -> str:
        for one in hits:
            p = one.passage
            if p.version_id == version_id and p.start <= start <= end <= p.end:
                return p.text[start - p.start : end - p.start]
        return ""

    return span


def scored(found: Hit, index: int = 0, *, score: float = 1.0, **parts: float) -> ScoredSentence:
    """Make the scored sentence ``index`` of a hit; scores that are not given are 0."""
    sentence = sentences_of([found])[index]
    blank = {f.name: 0.0 for f in fields(ScoredSentence) if f.name not in {"sentence", "score"}}
    return ScoredSentence(sentence=sentence, score=score, **(blank | parts))
