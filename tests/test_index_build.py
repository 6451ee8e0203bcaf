"""Publishing generations: what is embedded, written, shared, merged, and cleaned up."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from corpus.errors import Damaged, NewerLibrary, Unwritable
from corpus.records import Scored
from index import generation as gen
from index.build import KEPT
from index.lexical import content_stems
from index.search import Searcher, Words
from index.vector_files import FlatWriter
from index.vectors import Segment
from tests.library_helpers import CountingEncoder, Library, new_version

SUBJECTS = "sitting stairs running taping bees honey weather tides chess bread wine glass".split()


def paragraphs(subject: str, count: int = 4) -> list[str]:
    return [f"Paragraph {n} tells of {subject} and number {n * n}." for n in range(count)]


def fill(library: Library, count: int = 12) -> None:
    for subject in SUBJECTS[:count]:
        library.put(f"{subject}.txt", *paragraphs(subject), title=subject.title())


def inodes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_ino
        for path in folder.rglob("*")
        if path.is_file()
    }


def segments(library: Library, generation: int) -> list[tuple[str, int, int]]:
    manifest = gen.read_manifest(library.folder(generation))
    return [(s.name, s.rows, s.deleted) for s in manifest.segments]


def search(library: Library, question: str, depth: int = 100) -> list[Scored]:
    vector = library.encoder.encode([question])[0]
    words = Words(dict.fromkeys(content_stems(question), 1.0))
    return library.searcher().search(vector, words, depth=depth)


def same(found: list[Scored], expected: list[Scored]) -> None:
    assert [s.passage_id for s in found] == [s.passage_id for s in expected]
    for one, two in zip(found, expected, strict=True):
        assert (one.score, one.dense, one.lexical) == pytest.approx(
            (two.score, two.dense, two.lexical), abs=1e-5
        )


# -- publishing


def test_the_first_generation(library: Library) -> None:
    library.put("a.txt", "One knee.", "Two knees.", title="Knees")
    library.put("b.txt", "Bees.")
    built = library.publish()
    # three passages and one title
    assert (built.embedded, built.added, built.deleted) == (4, 3, 0)
    assert built.generation == library.store.current()
    assert (built.generation.id, built.generation.documents, built.generation.passages) == (1, 2, 3)
    assert built.generation.model == "hash/64/256"
    assert segments(library, 1) == [("seg-00000001", 3, 0)]
    assert library.searcher().passage_ids() == [1, 2, 3]
    assert [p.name for p in library.index.iterdir()] == ["gen-00000001"]
    assert gen.check_sums(library.folder(1)) == ()


def test_passages_are_embedded_with_their_prefix_and_titles_alone(library: Library) -> None:
    library.put("a.txt", "One knee.", title="Knees")
    library.put("b.txt", "Bees.")
    library.publish()
    assert library.encoder.taken() == ["Bees.", "Knees", "Knees\nOne knee."]


def test_nothing_is_embedded_twice(library: Library) -> None:
    library.put("a.txt", "One knee.", "Two knees.", title="Knees")
    library.publish()
    library.encoder.taken()
    library.put("a.txt", "Two knees.", "One knee.", "Three knees.", title="Knees")
    library.put("moved.txt", "One knee.", title="Knees")
    assert library.builder.pending() != []
    built = library.publish()
    assert library.encoder.taken() == ["Knees\nThree knees."]
    assert (built.embedded, built.added, built.deleted) == (1, 4, 2)
    assert library.builder.pending() == []


def test_a_kill_while_embedding_loses_what_was_not_kept(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedding.KEPT_TOGETHER", 10)
    fill(library, 6)
    done: list[int] = []

    def stop(count: int) -> None:
        done.append(count)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.builder.publish(stop)
    assert library.vectors.count() == 20
    assert library.store.current() is None
    library.encoder.taken()
    assert library.publish().embedded == 10
    assert len(library.encoder.taken()) == 10


def test_progress_is_told(library: Library) -> None:
    fill(library, 2)
    done: list[int] = []
    library.builder.publish(done.append)
    assert sum(done) == 10


def test_an_empty_library_is_published_empty(library: Library) -> None:
    built = library.publish()
    assert (built.generation.documents, built.generation.passages) == (0, 0)
    assert search(library, "knee") == []


def test_a_document_without_passages_does_no_harm(library: Library) -> None:
    library.store.put_version(new_version("a.txt"))
    library.put("b.txt", "Bees.")
    library.publish()
    assert library.searcher().passage_ids() == [1]


# -- changing


def test_files_that_did_not_change_are_shared(library: Library) -> None:
    fill(library)
    library.publish()
    library.put("new.txt", "One more about knees.")
    built = library.publish()
    assert (built.added, built.deleted) == (1, 0)
    assert segments(library, 2) == [("seg-00000001", 48, 0), ("seg-00000002", 1, 0)]
    before, after = inodes(library.folder(1)), inodes(library.folder(2))
    shared = {name for name in before if after.get(name) == before[name]}
    assert {
        f"seg-00000001/{name}" for name in ("vectors.faiss", "passages.npy", "titles.npy")
    } < shared
    assert sum(name.startswith("lexical/") for name in shared) >= 5
    assert not shared & {"manifest.json", "lexical/meta.json", "lexical/.managed.json"}
    assert gen.check_sums(library.folder(1)) == gen.check_sums(library.folder(2)) == ()


def test_removed_passages_are_found_no_more(library: Library) -> None:
    fill(library)
    library.publish()
    library.remove("bees.txt")
    built = library.publish()
    assert (built.added, built.deleted) == (0, 4)
    assert segments(library, 2) == [("seg-00000001", 48, 4)]
    assert gen.read_manifest(library.folder(2)).lexical_deleted == 4
    searcher = library.searcher()
    assert set(searcher.passage_ids()) == set(library.store.generation_passages(2))
    assert all(s.lexical == 0 for s in search(library, "bees"))
    assert len(search(library, "bees")) == 44


def test_a_reader_of_the_generation_before_is_not_disturbed(library: Library) -> None:
    fill(library)
    library.publish()
    held, vector = library.searcher(), library.encoder.encode(["bees"])[0]
    before = held.search(vector, Words({"bee": 1.0}))
    for _ in range(KEPT + 2):
        library.remove("bees.txt")
        library.publish()
        library.put("bees.txt", *paragraphs("bees"), title="Bees")
        library.publish()
    assert not library.folder(1).exists()
    assert held.search(vector, Words({"bee": 1.0})) == before


def test_a_segment_with_a_fifth_deleted_is_written_anew(library: Library) -> None:
    fill(library, 10)
    library.publish()
    library.remove("bees.txt")
    library.remove("honey.txt")
    library.publish()
    assert segments(library, 2) == [("seg-00000001", 40, 8)]
    library.remove("chess.txt")
    library.publish()
    assert segments(library, 3) == [("seg-00000003", 28, 0)]


def test_words_of_deleted_passages_are_forgotten_past_a_fifth(library: Library) -> None:
    fill(library, 10)
    library.publish()
    library.remove("bees.txt")
    library.publish()
    assert library.searcher().lexical.document_frequency("paragraph") == 40
    library.remove("honey.txt")
    library.publish()
    # 8 of 32 left: more than a fifth
    assert library.searcher().lexical.document_frequency("paragraph") == 32


def test_small_segments_are_merged_and_no_passage_is_lost(library: Library) -> None:
    expected: list[list[tuple[str, int, int]]] = [
        [("seg-00000001", 4, 0)],
        [("seg-00000002", 8, 0)],
        [("seg-00000003", 12, 0)],
        [("seg-00000003", 12, 0), ("seg-00000004", 4, 0)],
        [("seg-00000005", 20, 0)],
        [("seg-00000005", 20, 0), ("seg-00000006", 4, 0)],
        [("seg-00000005", 20, 0), ("seg-00000007", 8, 0)],
        [("seg-00000008", 32, 0)],
    ]
    for number, subject in enumerate(SUBJECTS[:8], start=1):
        library.put(f"{subject}.txt", *paragraphs(subject))
        library.publish()
        assert sorted(library.searcher().passage_ids()) == list(range(1, 4 * number + 1))
        assert segments(library, number) == expected[number - 1]


def test_merging_leaves_deleted_passages_behind(library: Library) -> None:
    library.put("one.txt", "The one that goes.")
    library.put("rest.txt", *[f"Part {n} that stays." for n in range(9)])
    library.publish()
    library.remove("one.txt")
    library.publish()
    assert segments(library, 2) == [("seg-00000001", 10, 1)]
    library.put("more.txt", *[f"Part {n} that came." for n in range(6)])
    library.publish()
    assert segments(library, 3) == [("seg-00000003", 15, 0)]
    assert library.searcher().passage_ids() == list(range(2, 17))


def test_changed_step_by_step_it_finds_what_a_new_one_finds(
    library: Library, tmp_path: Path
) -> None:
    fill(library, 8)
    library.publish()
    library.remove("bees.txt")
    library.put("honey.txt", *paragraphs("honey and sitting", 3), title="Honey")
    library.publish()
    for subject in SUBJECTS[8:]:
        library.put(f"{subject}.txt", *paragraphs(subject), title=subject.title())
        library.publish()
    grown = {q: search(library, q) for q in ("honey sitting", "number 9 of wine", "tides")}
    library.builder.rebuild()
    for question, found in grown.items():
        anew = search(library, question)
        assert {s.passage_id: pytest.approx(s.dense, abs=1e-5) for s in found} == {
            s.passage_id: s.dense for s in anew
        }
        assert [s.passage_id for s in found][:4] == [s.passage_id for s in anew][:4]


def test_a_passage_is_never_found_under_the_id_of_another(library: Library) -> None:
    """The failure that must never be: a perfect score, and the text of something else."""
    fill(library)
    library.publish()
    library.remove("bees.txt")
    library.put("stairs.txt", *paragraphs("ladders"), title="Stairs")
    library.publish()
    library.put("bees.txt", *paragraphs("wasps"), title="Bees")
    library.publish()
    for live in library.store.live_passages(library.store.generation_passages(3)):
        best = library.searcher().vectors.score(
            library.encoder.encode([f"{live.prefix}\n{live.text}"])[0], [live.id]
        )
        assert [h.passage_id for h in best] == [live.id]
        assert best[0].cosine == pytest.approx(1.0, abs=1e-5)


# -- rolling back


def test_an_older_generation_is_served_again_and_publishing_goes_on(library: Library) -> None:
    fill(library, 4)
    library.publish()
    library.put("bees.txt", *paragraphs("bees"))
    library.publish()
    library.store.point_to(1)
    assert len(library.searcher().passage_ids()) == 16
    library.put("chess.txt", *paragraphs("chess"))
    assert library.publish().generation.id == 3
    assert sorted(library.searcher().passage_ids()) == library.store.generation_passages(3)
    assert len(library.searcher().passage_ids()) == 24


# -- making again


def test_an_index_is_made_again_from_the_stored_vectors(library: Library) -> None:
    fill(library)
    library.publish()
    library.put("more.txt", *paragraphs("more"))
    library.publish()
    expected = search(library, "honey and bees")
    library.encoder.taken()
    shutil.rmtree(library.index)
    with pytest.raises(Damaged):
        library.searcher()
    library.builder.rebuild()
    assert library.encoder.taken() == []
    same(search(library, "honey and bees"), expected)
    library.put("again.txt", "One more.")
    assert library.publish().embedded == 1


def test_an_older_generation_is_made_again_as_it_was(library: Library) -> None:
    fill(library, 3)
    library.publish()
    expected = search(library, "stairs")
    library.put("stairs.txt", *paragraphs("ladders"), title="Stairs")
    library.publish()
    shutil.rmtree(library.index)
    library.store.point_to(1)
    library.builder.rebuild()
    same(search(library, "stairs"), expected)


def test_without_stored_vectors_they_are_made_again_too(library: Library) -> None:
    fill(library, 3)
    library.publish()
    library.put("stairs.txt", *paragraphs("ladders"), title="Stairs")
    library.publish()
    library.store.point_to(1)
    expected = search(library, "stairs")
    with sqlite3.connect(library.root / "vectors.db") as db:
        db.execute("DELETE FROM embeddings")
    db.close()
    library.builder.rebuild()
    same(search(library, "stairs"), expected)


def test_before_the_first_there_is_nothing_to_make_again(library: Library) -> None:
    library.builder.rebuild()
    assert not library.index.exists()


@pytest.mark.parametrize(
    "broken", ["manifest.json", "seg-00000001/passages.npy", "seg-00000001.deleted.npy"]
)
def test_a_damaged_folder_is_not_built_upon(library: Library, broken: str) -> None:
    fill(library)
    library.publish()
    library.remove("bees.txt")
    library.publish()
    path = library.folder(2) / broken
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(Damaged):
        library.searcher()
    library.put("new.txt", "One more.")
    library.publish()
    assert sorted(library.searcher().passage_ids()) == library.store.generation_passages(3)


def test_a_folder_of_a_newer_patella_is_not_built_upon(library: Library) -> None:
    fill(library, 2)
    library.publish()
    path = library.folder(1) / "manifest.json"
    path.write_text(
        path.read_text().replace(f'"format": {gen.FORMAT}', f'"format": {gen.FORMAT + 1}')
    )
    with pytest.raises(NewerLibrary):
        library.searcher()
    library.put("new.txt", "One more.")
    assert library.publish().added == 9
    assert len(library.searcher().passage_ids()) == 9


# -- other models, other libraries


def test_another_model_builds_anew_and_leaves_the_old_index(library: Library) -> None:
    fill(library, 3)
    library.publish()
    other = Library(library.root, CountingEncoder(dimension=32))
    built = other.publish()
    assert (built.embedded, built.generation.model) == (15, "hash/32/256")
    assert segments(other, 2) == [("seg-00000002", 12, 0)]
    assert gen.read_manifest(library.folder(1)).dimension == 64
    assert library.publish().embedded == 0
    other.close()


def test_a_folder_of_another_library_is_never_searched_or_built_upon(
    library: Library, tmp_path: Path
) -> None:
    """Somebody deletes the library file and adds the same number of other passages."""
    for number in range(3):
        library.put(f"old-{number}.txt", *paragraphs("old things"))
        library.publish()
    library.store.close()
    (tmp_path / "library.db").unlink()
    new = Library(tmp_path, library.encoder)
    for number in range(3):
        new.put(f"new-{number}.txt", *paragraphs("new things"))
    new.publish()
    text = "Paragraph 1 tells of new things and number 1."
    assert search(new, text)[0].dense == pytest.approx(1.0, abs=1e-5)
    assert [p.name for p in new.index.iterdir()] == ["gen-00000001"]
    new.close()


def test_a_folder_of_another_library_with_a_known_number_is_not_built_upon(
    library: Library, tmp_path: Path
) -> None:
    """Somebody restores the library file and not the index folder, or the other way round."""
    (tmp_path / "other").mkdir()
    other = Library(tmp_path / "other", library.encoder)
    other.put("a.txt", *paragraphs("other things"))
    other.publish()
    other.close()
    library.put("a.txt", *paragraphs("our things"))
    library.publish()
    shutil.rmtree(library.folder(1))
    shutil.copytree(other.folder(1), library.folder(1))
    library.put("b.txt", "One more.")
    library.publish()
    found = search(library, "Paragraph 2 tells of our things and number 4.")[0]
    assert (found.passage_id, found.dense) == (3, pytest.approx(1.0, abs=1e-5))


def test_a_folder_with_another_generations_content_is_damage(library: Library) -> None:
    library.put("a.txt", "One knee.")
    library.publish()
    library.put("a.txt", "Two bees.")
    library.publish()
    shutil.rmtree(library.folder(2))
    shutil.copytree(library.folder(1), library.folder(2))
    with pytest.raises(Damaged, match="another library or model") as caught:
        library.searcher()
    assert caught.value.hint == "Run: patella doctor --mend"


# -- what is left over


def test_what_an_unfinished_publish_left_is_cleaned(library: Library) -> None:
    fill(library, 3)
    library.publish()
    (library.index / ".new-left" / "seg").mkdir(parents=True)
    # killed between the folder's rename and the row in the library
    shutil.copytree(library.folder(1), library.folder(2))
    library.put("bees.txt", *paragraphs("bees"))
    library.publish()
    assert sorted(p.name for p in library.index.iterdir()) == ["gen-00000001", "gen-00000002"]
    assert sorted(library.searcher().passage_ids()) == library.store.generation_passages(2)


def test_a_publish_killed_before_its_last_step_is_done_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library)
    library.publish()
    library.put("new.txt", *paragraphs("new things"))

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(library.store, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            library.publish()
    assert library.folder(2).exists()
    current = library.store.current()
    assert current is not None
    assert current.id == 1
    assert len(library.searcher().passage_ids()) == 48
    # the edit that comes before the second try has passages of its own
    library.put("new.txt", "Something else.")
    library.publish()
    assert sorted(library.searcher().passage_ids()) == library.store.generation_passages(2)
    assert len(library.searcher().passage_ids()) == 49


def test_only_the_newest_folders_and_the_served_one_are_kept(library: Library) -> None:
    for number in range(1, 9):
        library.put("a.txt", f"Text {number}.")
        library.publish()
    assert gen.published(library.index) == (4, 5, 6, 7, 8)
    library.store.point_to(4)
    library.put("a.txt", "Text 9.")
    library.builder.embed()
    library.builder.collect()
    assert gen.published(library.index) == (4, 5, 6, 7, 8)
    library.store.point_to(1)
    library.builder.rebuild()
    library.builder.collect()
    assert gen.published(library.index) == (1, 4, 5, 6, 7, 8)
    assert len(library.searcher().passage_ids()) == 1


def test_a_disk_that_refuses_leaves_the_generation_before(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 2)
    library.publish()
    library.put("new.txt", "One more.")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FlatWriter, "append", full)
        with pytest.raises(Unwritable, match=r"No space left.*goes on serving") as caught:
            library.publish()
    assert caught.value.hint == "Free some space, then run: patella index"
    assert [p.name for p in library.index.iterdir()] == ["gen-00000001"]
    assert len(library.searcher().passage_ids()) == 8
    assert library.publish().generation.id == 2


def test_an_index_folder_that_cannot_be_made_is_told(library: Library) -> None:
    library.put("a.txt", "One.")
    library.index.write_text("a file")
    with pytest.raises(Unwritable, match="index"):
        library.publish()


def test_the_searcher_refuses_parts_that_disagree(library: Library) -> None:
    fill(library, 3)
    library.publish()
    folder = library.folder(1)
    path = folder / "manifest.json"
    raw = json.loads(path.read_text()) | {"passages": 13}
    del raw["sum"]
    path.write_text(json.dumps(raw | {"sum": gen._sum(raw)}))
    with pytest.raises(Damaged, match="12 vectors and 12 word lists for 13 passages"):
        Searcher(folder)


def test_a_segment_can_be_opened_alone(library: Library) -> None:
    fill(library, 1)
    library.publish()
    segment = Segment(library.folder(1) / "seg-00000001")
    assert (segment.live(), segment.dimension) == (4, 64)
