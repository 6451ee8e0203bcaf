"""BM25 over words and stems by tantivy: one index folder a generation. Alone imports tantivy.

A passage is indexed under the stems of its document's language (``index/stemmers.py``), all in one field,
so that lengths and frequencies are compared over the whole library. A question brings the stems that
its words have in each of the library's languages. In an English library there is one: as ever.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from corpus.errors import Damaged, Unwritable
from index import scratch
from index.stemmers import ENGLISH, NONE, Stemmer

logger = logging.getLogger(__name__)

_WORDS = "words"
_SPELLING = "spelling"
_ID = "passage"
_ANALYZER = "patella_stems"
_PLAIN = "patella_plain"
_HEAP_BYTES = 64_000_000
META, MANAGED = "meta.json", ".managed.json"
"""The files that a writer replaces; all others never change."""
TITLE_REPEATS = 2
"""The title's and headings' words count this often: 0.00 to 0.03 nDCG@10 on public question sets."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_MOST_WORDS = 50_000
"""Words whose stems are kept."""

FILLERS = frozenset(
    """
    a about after all am an and any are as at be because been being best but by can could did do
    does doing for from get gets getting go good got had has have having he her here hers him his
    how i if in into is it its just keep keeps kind know like make makes me might more most much
    my need no not of off on one or our out over please really she should so some such tell than
    that the their them then there these they thing things this those to too up us very was way we
    well were what when where which while who why will with would you your im ive dont doesnt cant
    isnt thats whats
    """.split()
)
"""Question and filler words, which say nothing of the subject: left out of the BM25 query."""


_OTHER_WORD = re.compile(r"[^\W_]+")
"""Words of other languages end at an apostrophe: in "l'os", the word is the second one."""


@functools.cache
def _analyzer(stemmer: Stemmer) -> tantivy.TextAnalyzer:
    if stemmer == ENGLISH:
        return (
            tantivy.TextAnalyzerBuilder(
                tantivy.Tokenizer.regex(r"[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)?")
            )
            .filter(tantivy.Filter.remove_long(60))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.ascii_fold())
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"[\p{L}\p{N}]+"))
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
    )
    if stemmer != NONE:
        # before the accents go: the stemmers know endings by them
        builder = builder.filter(tantivy.Filter.stemmer(stemmer))
    return builder.filter(tantivy.Filter.ascii_fold()).build()


@functools.cache
def _plain() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)?"))
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .build()
    )


@functools.cache
def _between_spaces() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


@functools.lru_cache(maxsize=_MOST_WORDS)
def stem(word: str, stemmer: Stemmer = ENGLISH) -> str:
    """Return the stem under which ``word`` is indexed; empty if it is none."""
    found = _analyzer(stemmer).analyze(word)
    return str(found[0]) if found else ""


def words(text: str, stemmer: Stemmer = ENGLISH) -> list[tuple[int, int, str]]:
    """Return each word of ``text`` as (start, end, stem)."""
    found = pattern_of(stemmer).finditer(text)
    return [(m.start(), m.end(), stem(m.group(), stemmer)) for m in found]


def pattern_of(stemmer: Stemmer) -> re.Pattern[str]:
    """Return what finds the words of a text."""
    return _WORD if stemmer == ENGLISH else _OTHER_WORD


class _Numbers(dict[str, int]):
    """Words with the numbers of their stems, by one stemmer."""

    def __init__(self, stemmer: Stemmer) -> None:
        self._stemmer = stemmer

    def __missing__(self, word: str) -> int:
        self[word] = number = number_of(stem(word, self._stemmer))
        return number


@functools.cache
def _numbers(stemmer: Stemmer) -> _Numbers:
    return _Numbers(stemmer)


def number_of(stem: str) -> int:
    """Return the number of a stem in this process, 0 for none: other stems have other numbers."""
    return hash(stem) if stem else 0


def numbers_of(found: Sequence[str], stemmer: Stemmer) -> list[int]:
    """Return the numbers of the stems of some words."""
    known = _numbers(stemmer)
    if len(known) > _MOST_WORDS:
        known.clear()
    return list(map(known.__getitem__, found))


def content_stems(question: str, stemmers: Sequence[Stemmer] = (ENGLISH,)) -> tuple[str, ...]:
    """Return the stems of a question's words by each of ``stemmers``, fillers left out, each once.

    A question of nothing but fillers keeps them. Fillers are the English ones.
    """
    plain = [m.group().lower() for m in _WORD.finditer(question)]
    kept = [w for w in plain if w.replace("'", "").replace("’", "") not in FILLERS] or plain
    return tuple(dict.fromkeys(s for w in kept for s in stems(w, stemmers)))


def stems(word: str, stemmers: Sequence[Stemmer]) -> list[str]:
    """Return the stems of a word by each of ``stemmers``; one with an apostrophe may have two."""
    return [s for one in stemmers for _, _, s in words(word, one) if s]


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """A passage's words for the index: its prefix (title and headings) and its text."""

    passage_id: int
    prefix: str
    text: str
    stemmer: Stemmer = ENGLISH

    def stems(self) -> list[str]:
        """Return what is indexed of it, in order: title and headings count TITLE_REPEATS times."""
        read = "\n".join([*[self.prefix] * TITLE_REPEATS, self.text])
        return list(_analyzer(self.stemmer).analyze(read))

    def spelt(self) -> list[str]:
        """Return the words of its text as they are written, in small letters."""
        return list(_plain().analyze(self.text))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(_ID, stored=False, indexed=True, fast=True)
    builder.add_text_field(_WORDS, stored=False, tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field(_SPELLING, stored=True, tokenizer_name=_PLAIN, index_option="basic")
    return builder.build()


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Take any error for one of spoilt files. Raises Damaged."""
    try:
        with _no_panic():
            yield
    except (ValueError, OSError) as error:
        raise _damaged(error) from error


@contextlib.contextmanager
def _no_panic() -> Iterator[None]:
    """Have what tantivy's own checks stop on, no Exception to Python, be Damaged: spoilt bytes."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(error) from error


def _damaged(error: BaseException) -> Damaged:
    return Damaged(f"The word index cannot be read: {error}.", hint="Run: patella doctor --mend")


def _open(folder: Path, *, create: bool) -> tantivy.Index:
    with _whole():
        index = (
            tantivy.Index(_schema(), path=str(folder), reuse=False)
            if create
            else tantivy.Index.open(str(folder))
        )
    index.register_tokenizer(_ANALYZER, _between_spaces())
    index.register_tokenizer(_PLAIN, _plain())
    return index


def write(
    folder: Path, *, add: Iterable[LexicalEntry], delete: Sequence[int] = (), create: bool
) -> None:
    """Make a word index in ``folder``, or change the one that lies there; sealed on return.

    Raises Damaged where the folder's index cannot be opened, Unwritable where it cannot be written.
    """
    try:
        _write(_open(folder, create=create), add, delete)
    except (ValueError, OSError, RuntimeError) as error:
        raise _unwritable(error) from error


def change(folder: Path, *, add: Sequence[LexicalEntry], delete: Sequence[int]) -> None:
    """Change the word index in ``folder`` a little, in memory where there is some: raises as ``write``.

    Its new files are not synced, which takes longer by itself than all else that a change costs.
    """
    try:
        with scratch.beside(folder) as work:
            if work is not None:
                # the two small files that a writer replaces
                scratch.own(work, [META, MANAGED])
                _write(_open(work, create=False), add, delete)
                _keep(work, folder)
                return
    except (ValueError, OSError, RuntimeError) as error:
        logger.info("The word index is changed on the disk: %s", error)
    write(folder, add=add, delete=delete, create=False)


def _keep(work: Path, folder: Path) -> None:
    """Take over what was made in memory. Raises Unwritable: a half of it is not to be changed again."""
    try:
        scratch.keep(work, folder)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: Exception) -> Unwritable:
    return Unwritable(
        f"The word index could not be written: {error}.",
        hint="Free some space, then run: patella index",
    )


def _write(index: tantivy.Index, add: Iterable[LexicalEntry], delete: Sequence[int]) -> None:
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    if delete:
        # by query: deleting by term takes the number for a signed one, and matches nothing
        writer.delete_documents_by_query(
            tantivy.Query.term_set_query(index.schema, _ID, list(delete))
        )
    for entry in add:
        document = tantivy.Document()
        document.add_unsigned(_ID, entry.passage_id)
        document.add_text(_WORDS, " ".join(entry.stems()))
        document.add_text(_SPELLING, entry.text)
        writer.add_document(document)
    with _no_panic():
        writer.commit()
        # merges go on after a commit; the files may be sealed only once they have ended
        writer.wait_merging_threads()


Only = tantivy.Query
"""A query that some passages fit and others do not; it adds nothing to a score."""


class WordIndex(ABC):
    """The words of a generation, whatever keeps them."""

    stemmers: tuple[Stemmer, ...]
    """Those by which its passages were indexed."""

    @abstractmethod
    def __len__(self) -> int:
        """Return how many passages there are."""

    @abstractmethod
    def document_frequency(self, stem: str) -> int:
        """Return how many passages hold the stem."""

    @abstractmethod
    def similar(self, word: str, *, depth: int = 20) -> list[str]:
        """Return words spelt like ``word`` (two edits at most), each as often as it was met."""

    @abstractmethod
    def score(self, weights: dict[str, float], passage_ids: Sequence[int]) -> dict[int, float]:
        """Return BM25 scores of the passages named; those without any of the words are left out."""

    def stems(self, question: str) -> tuple[str, ...]:
        """Return what to search for a question: ``content_stems`` by the library's stemmers."""
        return content_stems(question, self.stemmers)

    def frequency(self, word: str) -> int:
        """Return how many passages hold a word, by the stem that most of them hold.

        Of a word that is two in another language, the rarer one counts.
        """
        counts = [self.document_frequency(stem(word))] if ENGLISH in self.stemmers else []
        for stemmer in self.stemmers:
            if stemmer != ENGLISH:
                parts = [self.document_frequency(s) for _, _, s in words(word, stemmer) if s]
                counts.append(min(parts, default=0))
        return max(counts, default=0)

    def frequency_in(self, question: str) -> Callable[[str], int]:
        """Return how many passages hold an English stem, as the word of ``question`` that has it.

        So a word of another language counts though its English stem is not indexed.
        """
        spelt = {s: question[a:b] for a, b, s in words(question)}
        return lambda s: self.frequency(spelt[s]) if s in spelt else self.document_frequency(s)


class LexicalIndex(WordIndex):
    """A generation's word index opened for searching. Raises Damaged where it cannot be.

    ``stemmers`` are those by which its passages were indexed.
    """

    def __init__(self, folder: Path, *, stemmers: Sequence[Stemmer] = (ENGLISH,)) -> None:
        self.stemmers = tuple(stemmers)
        self._index = _open(folder, create=False)
        with _whole():
            # tantivy would watch the folder, and put lock files into it while it is being removed
            self._index.config_reader(reload_policy="manual")
            self._index.reload()
            self._searcher = self._index.searcher()
        self._schema = self._index.schema

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def document_frequency(self, stem: str) -> int:
        """Return how many passages hold the stem."""
        with _whole():
            return int(self._searcher.doc_freq(_WORDS, stem))

    def similar(self, word: str, *, depth: int = 20) -> list[str]:
        """Return words spelt like ``word`` (two edits at most), each as often as it was met."""
        query = tantivy.Query.fuzzy_term_query(
            self._schema, _SPELLING, word, distance=1 if len(word) < 7 else 2, prefix=False
        )
        found: list[str] = []
        with _whole():
            for _, address in self._searcher.search(query, depth, count=False).hits:
                text = str(self._searcher.doc(address).get_first(_SPELLING))
                found += map(str.lower, _WORD.findall(text))
        return found

    def only(self, passage_ids: Sequence[int]) -> Only:
        """Return a query that the passages named fit, and that adds nothing to a score."""
        named = tantivy.Query.term_set_query(self._schema, _ID, list(passage_ids))
        return tantivy.Query.const_score_query(named, 0.0)

    def search(
        self, weights: dict[str, float], depth: int, within: Only | None = None
    ) -> list[tuple[int, float]]:
        """Return the ``depth`` best passages with their BM25 scores, best first.

        ``weights`` maps stems to how much each counts (1.0 for a word of the question). ``within``
        is what ``only`` made: no other passages are found.
        """
        if not weights or not depth:
            return []
        query = self._any_of(weights)
        if within is not None:
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, within), (tantivy.Occur.Must, query)]
            )
        return self._run(query, depth)

    def holding(self, stems: Sequence[str], depth: int, within: Only | None = None) -> list[int]:
        """Return the passages that hold every one of ``stems``, ``depth`` at most, best first."""
        clauses = [
            tantivy.Query.term_query(self._schema, _WORDS, one, index_option="freq")
            for one in dict.fromkeys(stems)
        ]
        clauses += [within] if within is not None else []
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in clauses])
        return [passage_id for passage_id, _ in self._run(query, depth)] if stems else []

    def score(self, weights: dict[str, float], passage_ids: Sequence[int]) -> dict[int, float]:
        """Return exact BM25 scores of the passages named; those without any of the words are left out."""
        if not weights or not passage_ids:
            return {}
        # of a few passages each by itself: a set of terms goes through every passage of the index
        named = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, _ID, one))
                for one in passage_ids
            ]
        )
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, tantivy.Query.const_score_query(named, 0.0)),
                (tantivy.Occur.Must, self._any_of(weights)),
            ]
        )
        return dict(self._run(query, len(passage_ids)))

    def _any_of(self, weights: dict[str, float]) -> tantivy.Query:
        clauses = []
        for word, weight in weights.items():
            query = tantivy.Query.term_query(self._schema, _WORDS, word, index_option="freq")
            if weight != 1.0:
                query = tantivy.Query.boost_query(query, weight)
            clauses.append((tantivy.Occur.Should, query))
        return tantivy.Query.boolean_query(clauses)

    def _run(self, query: tantivy.Query, limit: int) -> list[tuple[int, float]]:
        with _whole():
            found = self._searcher.search(query, limit, count=False).hits
            ids = self._searcher.fast_field_values(_ID, [address for _, address in found])
        pairs = [(int(i or 0), float(score)) for i, (score, _) in zip(ids, found, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
