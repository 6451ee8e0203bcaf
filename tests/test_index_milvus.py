"""The index in Milvus: the same hits as the local one, whatever was added, taken out or left half written."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from corpus import failpoints
from corpus.errors import Damaged
from corpus.files import Location
from corpus.records import Generation, PassageQuestion, Scored
from index.lexical import content_stems
from index.milvus.client import Address, Connection
from index.milvus.layout import Names, asked_of, terms_of
from index.milvus.searcher import MilvusSearcher
from index.milvus.writer import MilvusWriter
from index.search import Searcher, Words
from index.stemmers import ENGLISH
from tests.library_helpers import Library, new_version

SUBJECTS = "sitting stairs running taping kneeling jumping squats cycling".split()


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    made = Connection(Address(str(tmp_path_factory.mktemp("milvus") / "index.db")))
    yield made
    made.close()


@pytest.fixture
def names(request: pytest.FixtureRequest) -> Names:
    return Names(library=f"test{zlib.crc32(request.node.name.encode())}", model="hash/64/256")


@pytest.fixture
def writer(library: Library, connection: Connection, names: Names) -> Iterator[MilvusWriter]:
    made = MilvusWriter(
        store=library.store, vectors=library.vectors, connection=connection, names=names
    )
    yield made
    made.forget()


def fill(library: Library) -> None:
    for n, subject in enumerate(SUBJECTS):
        library.put(
            f"{subject}.txt",
            *[f"Part {i} of {subject}: the knee and {SUBJECTS[(n + i) % 8]}." for i in range(6)],
            title=subject.title(),
        )


def publish(library: Library, writer: MilvusWriter) -> tuple[Generation, tuple[int, int]]:
    """Write the working set into Milvus and publish it, with a local index beside to compare with."""
    generation = library.builder.stage().generation
    passages, added, gone = writer.write(generation.id, generation.digest)
    assert passages == generation.passages
    return library.publish().generation, (added, gone)


def opened(connection: Connection, names: Names, generation: Generation) -> MilvusSearcher:
    found = MilvusSearcher(connection, names, generation, stemmers=(ENGLISH,))
    found.check()
    return found


def ask(
    searcher: MilvusSearcher | Searcher, library: Library, question: str, depth: int = 100
) -> list[Scored]:
    vector = library.encoder.encode([question])[0]
    words = Words(dict.fromkeys(content_stems(question), 1.0))
    return searcher.search(vector, words, depth=depth)


def alike(found: list[Scored], expected: list[Scored]) -> None:
    """The same passages, the same cosines; BM25 as far as Milvus Lite's frequencies of a segment allow."""
    assert {s.passage_id for s in found} == {s.passage_id for s in expected}
    scores = {s.passage_id: s for s in expected}
    for one in found:
        other = scores[one.passage_id]
        assert one.dense == pytest.approx(other.dense, abs=1e-4)
        assert one.questions == pytest.approx(other.questions, abs=1e-4)
        assert one.lexical == pytest.approx(other.lexical, rel=0.2)
    assert found[0].passage_id == expected[0].passage_id


@dataclass(frozen=True)
class Filled:
    """Two generations: a document of the first was changed, one taken out, one added."""

    library: Library
    writer: MilvusWriter
    names: Names

    def current(self) -> Generation:
        return self.library.store.generations()[-1]

    def searcher(self) -> MilvusSearcher:
        return opened(self.writer.connection, self.names, self.current())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, connection: Connection) -> Iterator[Filled]:
    """Not to be changed by a test."""
    library, names = Library(tmp_path_factory.mktemp("library")), Names("filled", "hash/64/256")
    writer = MilvusWriter(
        store=library.store, vectors=library.vectors, connection=connection, names=names
    )
    fill(library)
    assert publish(library, writer)[1] == (48, 0)
    library.put("taping.txt", "Taping again: the knee and the tape.", title="Taping")
    library.remove("jumping.txt")
    library.put("rest.txt", "Rest the knee for two days.", title="Rest")
    assert publish(library, writer)[1] == (2, 12)
    yield Filled(library, writer, names)
    library.close()


@pytest.mark.parametrize("question", ["knee sitting", "rest of two days", "kneeling on stairs"])
def test_the_hits_are_those_of_the_local_index(filled: Filled, question: str) -> None:
    searcher, library = filled.searcher(), filled.library
    alike(ask(searcher, library, question), ask(library.searcher(), library, question))
    assert sorted(searcher.passage_ids()) == library.store.generation_passages(2)
    assert len(searcher) == 38


def test_an_earlier_generation_is_read_as_it_was(filled: Filled, connection: Connection) -> None:
    first = filled.library.store.generations()[0]
    searcher = opened(connection, filled.names, first)
    local = Searcher(filled.library.folder(1), generation=first)
    alike(ask(searcher, filled.library, "jumping"), ask(local, filled.library, "jumping"))
    assert sorted(searcher.passage_ids()) == list(range(1, 49))


def test_words_are_counted_in_each_generation(filled: Filled, connection: Connection) -> None:
    first, after = filled.library.store.generations()[0], filled.searcher().lexical
    before = opened(connection, filled.names, first).lexical
    local = filled.library.searcher().lexical
    for word in ("knee", "jump", "tape", "rest", "zebra"):
        assert after.document_frequency(word) == local.document_frequency(word), word
    assert before.document_frequency("jump") == 11
    assert before.document_frequency("rest") == 0
    assert before.frequency_in("jumping knees")("jump") == 11
    assert "kneeling" in after.similar("kneling")
    assert "stairs" in after.similar("staris")


def test_passages_that_hold_all_of_some_words(filled: Filled) -> None:
    searcher, local = filled.searcher(), filled.library.searcher()
    assert set(searcher.holding(["knee", "cycl"], 100)) == set(local.holding(["knee", "cycl"], 100))
    within = searcher.within([1, 2, 3])
    assert set(searcher.holding(["knee"], 100, within)) == {1, 2, 3}
    assert searcher.holding(["zebra"], 100) == []


def test_a_search_is_kept_to_passages_while_it_is_made(filled: Filled) -> None:
    searcher = filled.searcher()
    vector = filled.library.encoder.encode(["sitting"])[0]
    words = Words({"sit": 1.0})
    found = searcher.search(vector, words, within=searcher.within([7, 8, 43]), depth=2)
    assert {s.passage_id for s in found} <= {7, 8, 43}
    assert len(found) >= 2
    assert searcher.search(vector, words, within=searcher.within([])) == []


def test_added_words_weigh_less(filled: Filled) -> None:
    searcher = filled.searcher()
    vector = filled.library.encoder.encode(["x"])[0]
    full = {s.passage_id: s.lexical for s in searcher.search(vector, Words({"squat": 1.0}))}
    less = {s.passage_id: s.lexical for s in searcher.search(vector, Words({"squat": 0.3}))}
    most = max(full, key=lambda i: full[i])
    assert full[most] > 0
    assert less[most] == pytest.approx(0.3 * full[most], rel=1e-4)


def test_listed_questions_lift_their_passages(
    library: Library, writer: MilvusWriter, connection: Connection, names: Names
) -> None:
    new = new_version("a.txt", "Bees are busy.", "The knee rests.")
    asked = replace(
        new,
        passages=(
            replace(new.passages[0], questions=(PassageQuestion("why do bees hum", 0, 15),)),
            new.passages[1],
        ),
    )
    source = library.store.files.add("folder", "/articles")
    document = library.store.put_version(asked)
    library.store.files.put_location(
        Location(source.id, "a.txt", document, new.original_sha, 1, 2, 3)
    )
    generation, _ = publish(library, writer)
    found = ask(opened(connection, names, generation), library, "why do bees hum")
    alike(found, ask(library.searcher(), library, "why do bees hum"))
    assert found[0].questions == pytest.approx((1.0,), abs=1e-5)


def test_what_an_unfinished_write_left_is_taken_back(
    library: Library, writer: MilvusWriter, connection: Connection, names: Names
) -> None:
    fill(library)
    first, _ = publish(library, writer)
    library.put("half.txt", "A half of walking.")
    library.remove("stairs.txt")
    library.builder.embed()

    def stop(point: str) -> None:
        if point == "milvus.settled":
            raise KeyboardInterrupt

    failpoints.watch(stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            writer.write(2, "0" * 64)
    finally:
        failpoints.watch(None)
    # readers of the first generation see nothing of it
    assert sorted(opened(connection, names, first).passage_ids()) == list(range(1, 49))
    assert opened(connection, names, first).lexical.document_frequency("walk") == 0

    library.remove("half.txt")
    library.put("whole.txt", "A whole of strolling.")
    second, changed = publish(library, writer)
    assert changed == (1, 6)
    searcher = opened(connection, names, second)
    assert sorted(searcher.passage_ids()) == library.store.generation_passages(2)
    assert searcher.lexical.document_frequency("walk") == 0
    assert searcher.lexical.document_frequency("stroll") == 1
    # the local index counts deleted passages until it is written anew, Milvus's counts are exact
    assert searcher.lexical.document_frequency("stair") == 5


def test_rows_without_their_alias_are_no_generation(
    library: Library, writer: MilvusWriter, connection: Connection, names: Names
) -> None:
    library.put("a.txt", "One knee.")
    first, _ = publish(library, writer)
    assert writer.has(first)
    connection.unalias(names.alias(first.id, first.digest))
    assert not writer.has(first)
    with pytest.raises(Damaged, match="does not hold generation 1"):
        opened(connection, names, first)


def test_past_a_fifth_of_rows_gone_all_is_written_anew_and_the_old_collection_ends(
    library: Library, writer: MilvusWriter, connection: Connection, names: Names
) -> None:
    library.put("a.txt", "One knee.", "Two knees.", "Three knees.")
    publish(library, writer)
    library.put("a.txt", "One hip.", "Two knees.", "Three knees.")
    publish(library, writer)
    assert len(names.ours(connection.collections())) == 2
    for generation in library.store.generations():
        ids = opened(connection, names, generation).passage_ids()
        assert sorted(ids) == library.store.generation_passages(generation.id)
    for n in range(4):
        library.put(f"n{n}.txt", f"Number {n}.")
        publish(library, writer)
    writer.collect()
    # what was replaced within ten minutes may be held by a request
    assert len(names.ours(connection.collections())) == 2
    writer.collect(grace=0)
    [left] = names.ours(connection.collections())
    assert len(connection.aliases(left)) == 5
    assert {asked_of(left), terms_of(left)} <= set(connection.collections())


def test_two_libraries_never_see_each_other(
    library: Library, connection: Connection, tmp_path: Path
) -> None:
    other = Library(tmp_path / "other")
    library.put("a.txt", "The knee of the first library.")
    other.put("b.txt", "The knee of the second library.")
    both = [(library, Names("first", "hash/64/256")), (other, Names("first-2", "hash/64/256"))]
    for one, names in both:
        writer = MilvusWriter(
            store=one.store, vectors=one.vectors, connection=connection, names=names
        )
        publish(one, writer)
    for one, names in both:
        current = one.store.current()
        assert current is not None
        searcher = opened(connection, names, current)
        assert searcher.passage_ids() == [1]
        found = ask(searcher, one, "second library knee")
        assert len(found) == 1
        expected = 1 if one is other else 0
        assert searcher.lexical.document_frequency("second") == expected
    # the first one's end is not the second one's
    MilvusWriter(
        store=library.store, vectors=library.vectors, connection=connection, names=both[0][1]
    ).forget()
    current = other.store.current()
    assert current is not None
    assert opened(connection, both[1][1], current).passage_ids() == [1]
    other.close()


@pytest.mark.parametrize("name", ['a" or library != "a', "", "a/b", "x" * 49, "a b"])
def test_a_name_that_could_reach_into_another_library_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        Names(name, "hash/64/256")


def test_names_that_differ_in_a_mark_are_of_two_libraries() -> None:
    one, other = (Names(name, "hash/64/256").epoch(1) for name in ("a-b", "a_b"))
    assert one != other
    assert one.replace("-", "_") == one


def test_words_of_other_letters_are_counted_and_found(
    library: Library, writer: MilvusWriter, connection: Connection, names: Names
) -> None:
    library.put("a.txt", "The drug lowers TNF-α and β2 in the knee.", "Колено болит.")
    generation, _ = publish(library, writer)
    searcher = opened(connection, names, generation)
    words = searcher.lexical
    assert [words.document_frequency(stem) for stem in ("α", "β2", "колено")] == [1, 1, 1]
    assert [s.passage_id for s in ask(searcher, library, "β2")][:1] == library.store.working_ids()[
        :1
    ]
