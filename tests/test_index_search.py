"""Searching a generation: two candidate lists, every score exact, against brute force."""

from __future__ import annotations

import pytest

from index.fuse import DENSE_WEIGHT
from index.lexical import content_stems
from index.search import DEPTH, Words
from tests.library_helpers import Library

SUBJECTS = "sitting stairs running taping kneeling jumping squats cycling".split()


@pytest.fixture
def filled(library: Library) -> Library:
    """Three segments, some passages deleted."""
    for n, subject in enumerate(SUBJECTS):
        library.put(
            f"{subject}.txt",
            *[f"Part {i} of {subject}: the knee and {SUBJECTS[(n + i) % 8]}." for i in range(6)],
            title=subject.title(),
        )
        if n % 4 == 3:
            library.publish()
    library.put("one.txt", "The knee alone.")
    library.remove("taping.txt")
    library.publish()
    return library


def everything(library: Library, question: str) -> tuple[dict[int, float], ...]:
    """Score all that is live: cosine, cosine with the title's counted in, and BM25 where there is one."""
    query = library.encoder.encode([question])[0].astype(float)
    cosine, ordering = {}, {}
    for p in library.store.working_passages():
        text = f"{p.prefix}\n{p.text}" if p.prefix else p.text
        vector, title = library.encoder.encode([text, p.title or text]).astype(float)
        cosine[p.id] = float(vector @ query)
        ordering[p.id] = cosine[p.id] + 0.4 * float(title @ query)
    weights = dict.fromkeys(content_stems(question), 1.0)
    words = dict(library.searcher().lexical.search(weights, 10_000))
    return cosine, ordering, words


def best(scores: dict[int, float], depth: int) -> tuple[set[int], set[int]]:
    """Return who is surely among the ``depth`` best, and who may be: equal scores at the edge."""
    edge = min(sorted(scores.values(), reverse=True)[:depth], default=0.0)
    return (
        {i for i, s in scores.items() if s > edge + 1e-6},
        {i for i, s in scores.items() if s >= edge - 1e-6},
    )


@pytest.mark.parametrize(
    "question", ["knee sitting", "jumping part 3", "kneeling on stairs", "zebra"]
)
@pytest.mark.parametrize("depth", [3, 10, 1000])
def test_the_hits_are_those_of_brute_force(filled: Library, question: str, depth: int) -> None:
    vector = filled.encoder.encode([question])[0]
    words = Words(dict.fromkeys(content_stems(question), 1.0))
    found = filled.searcher().search(vector, words, depth=depth, weight=0.6)

    cosine, ordering, lexical = everything(filled, question)
    surely, maybe = best(ordering, depth)
    surely_too, maybe_too = best(lexical, depth)
    ids = {s.passage_id for s in found}
    assert surely | surely_too <= ids <= maybe | maybe_too
    assert len(found) == len(ids) >= min(depth, 43)

    low, high = min(ordering[i] for i in ids), max(ordering[i] for i in ids)
    top = max((lexical.get(i, 0.0) for i in ids), default=0.0) or 1.0
    for one in found:
        i, words_score = one.passage_id, lexical.get(one.passage_id, 0.0)
        fused = 0.6 * (ordering[i] - low) / ((high - low) or 1.0) + 0.4 * words_score / top
        expected = pytest.approx((fused, cosine[i], words_score), abs=1e-5)
        assert (one.score, one.dense, one.lexical) == expected
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)


def test_no_candidate_of_either_list_lacks_its_other_score(library: Library) -> None:
    library.put("a.txt", *[f"knee {n} sitting" for n in range(30)])
    library.put("b.txt", "Bees leave. " * 20 + "patella")
    library.publish()
    vector = library.encoder.encode(["knee sitting"])[0]
    found = library.searcher().search(vector, Words({"patella": 1.0}), depth=5)
    by_words = next(s for s in found if s.passage_id == 31)
    assert len(found) == 6
    assert by_words.lexical > 0
    text = list(library.store.working_passages())[30].text
    assert by_words.dense == pytest.approx(
        float(vector @ library.encoder.encode([text])[0]), abs=1e-5
    )
    assert all(s.dense > 0 and s.lexical == 0 for s in found if s is not by_words)


def test_a_question_without_words_is_searched_by_meaning_alone(filled: Library) -> None:
    vector = filled.encoder.encode(["Sitting"])[0]
    found = filled.searcher().search(vector, Words({}))
    assert found[0].score == pytest.approx(DENSE_WEIGHT)
    assert all(s.lexical == 0 for s in found)


def test_the_depth_that_is_searched() -> None:
    assert DEPTH == 100


def test_all_passages_of_the_generation_can_be_found(filled: Library) -> None:
    current = filled.store.current()
    assert current is not None
    assert sorted(filled.searcher().passage_ids()) == filled.store.generation_passages(current.id)
