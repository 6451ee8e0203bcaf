"""Scoring sentences, against a slow late interaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from answer import sentences as module
from answer.sentences import rerank, score_sentences, sentences_of
from answer.token_cache import TokenCache
from corpus.records import Metadata, PassageQuestion
from index.embed import HashEncoder, SentenceTransformerEncoder, Vectors
from index.lexical import content_stems
from tests.library_helpers import document, hit, scored

SITTING = hit(
    "A bent knee presses the kneecap. Stand up often.",
    heading=("Sitting", "Why sitting hurts"),
    score=0.75,
)
BEES = hit(
    "Bees swarm in May.\nKnee | 3 | 4 rows.",
    of=document("bees", version_id=2, title="Keeping bees"),
    passage_id=2,
    start=100,
    score=0.25,
)


class CountingTokens(HashEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        self.seen += texts
        return super().encode_tokens(texts)


def idf(stem: str) -> float:
    return {"knee": 1.0, "sit": 2.0, "hurt": 3.0}.get(stem, 4.0)


def slow_late(encoder, question: str, text: str) -> list[float]:
    """For each token of the question, the greatest cosine to a token of the text."""
    query, rows = encoder.encode_tokens([question])[0], encoder.encode_tokens([text])[0]
    return [max(float(np.dot(q, r)) for r in rows) for q in query]


def score(question: str, encoder) -> list[module.ScoredSentence]:
    return score_sentences(
        question,
        sentences_of([SITTING, BEES]),
        stems=content_stems(question),
        idf=idf,
        encoder=encoder,
        cache=TokenCache(encoder),
    )


def test_the_sentences_of_hits_with_their_places() -> None:
    found = sentences_of([SITTING, BEES])
    assert [(s.index, s.start, s.end, s.text) for s in found] == [
        (0, 0, 32, "A bent knee presses the kneecap."),
        (1, 33, 48, "Stand up often."),
        (0, 100, 118, "Bees swarm in May."),
        (1, 119, 137, "Knee | 3 | 4 rows."),
    ]
    assert [s.hit.document.id for s in found] == ["sitting", "sitting", "bees", "bees"]


@pytest.mark.parametrize("kind", ["hash", "real"])
def test_late_interaction_is_that_of_the_reference(
    kind: str, request: pytest.FixtureRequest
) -> None:
    encoder = HashEncoder() if kind == "hash" else request.getfixturevalue("encoder")
    question = "why does a bent knee hurt"
    for one in score(question, encoder):
        passage = one.sentence.hit
        heading = (passage.passage.heading or (passage.document.title,))[-1]
        said = slow_late(encoder, question, one.sentence.text)
        headed = slow_late(encoder, question, heading)
        titled = slow_late(encoder, question, passage.document.title)
        # four bits a number
        assert one.late == pytest.approx(sum(said) / len(said), abs=0.02)
        assert one.heading == pytest.approx(sum(headed) / len(headed), abs=0.02)
        met = [max(parts) for parts in zip(said, headed, titled, strict=True)]
        assert one.weakest == pytest.approx(float(np.percentile(met, 20)), abs=0.05)


NEAR = 0.02
"""How true token vectors of four bits a number are."""


def test_literal_scores() -> None:
    first, second, third, fourth = score("knee sitting hurts", HashEncoder(dimension=4096))
    # of three words one stands in the first sentence, and two in its heading
    assert (first.late, first.heading) == pytest.approx((1 / 3, 2 / 3), abs=NEAR)
    # idf: knee 1, sit 2, hurt 3
    assert first.coverage == pytest.approx(1 / 6)
    assert (second.late, second.coverage) == pytest.approx((0, 0), abs=NEAR)
    assert (third.late, third.heading, third.coverage) == pytest.approx((0, 0, 0), abs=NEAR)
    assert (fourth.late, fourth.coverage) == pytest.approx((1 / 3, 1 / 6), abs=NEAR)
    own = {
        "first": module.LATE_WEIGHT / 3
        + module.COVERAGE_WEIGHT / 6
        + module.PASSAGE_WEIGHT * 0.75
        + module.HEADING_WEIGHT * 2 / 3
        + module.FIRST_WEIGHT
        # knee is met by the sentence, sitting (2 of 6) and hurts (3 of 6) by the heading
        + module.MET_WEIGHT,
        "second": module.PASSAGE_WEIGHT * 0.75
        + module.HEADING_WEIGHT * 2 / 3
        + module.MET_WEIGHT * 5 / 6,
        "third": module.PASSAGE_WEIGHT * 0.25 + module.FIRST_WEIGHT * bool(BEES.passage.heading),
        "fourth": module.LATE_WEIGHT / 3
        + module.COVERAGE_WEIGHT / 6
        + module.PASSAGE_WEIGHT * 0.25
        + module.TABLE_WEIGHT
        + module.MET_WEIGHT / 6,
    }
    least = own["third"]
    sitting = (own["first"] + own["second"] + least) / 3
    bees = (own["third"] + own["fourth"] + least) / 3
    assert [one.score for one in (first, second, third, fourth)] == pytest.approx(
        [
            own["first"] + module.DOCUMENT_WEIGHT * sitting,
            own["second"] + module.DOCUMENT_WEIGHT * sitting,
            own["third"] + module.DOCUMENT_WEIGHT * bees,
            own["fourth"] + module.DOCUMENT_WEIGHT * bees,
        ],
        abs=3 * NEAR,
    )


def test_words_that_stand_all_over_the_library_count_less() -> None:
    encoder = HashEncoder(dimension=4096)
    texts = ("A knee is a knee.", "Tape lasts a day.")

    def scores(common: float) -> list[float]:
        found = score_sentences(
            "knee tape day",
            sentences_of([hit(text, passage_id=n) for n, text in enumerate(texts, start=1)]),
            stems=("knee", "tape", "day"),
            idf=lambda stem: common if stem == "knee" else 0.8,
            encoder=encoder,
            cache=TokenCache(encoder),
        )
        return [one.score for one in found]

    knee, tape = scores(0.8)
    knee_common, tape_common = scores(0.3)
    assert knee_common < knee
    assert tape_common > tape


def test_how_far_the_best_sentences_meet_the_question() -> None:
    encoder = HashEncoder(dimension=4096)
    cache = TokenCache(encoder)
    listed = (PassageQuestion("may I shower", 0, 10),)
    plain = hit("Tape lasts.")
    asked = replace(plain, passage=replace(plain.passage, questions=listed), questions=(0.5,))

    def met(question: str, *hits) -> float:
        found = score_sentences(
            question,
            sentences_of(hits),
            stems=content_stems(question),
            idf=idf,
            encoder=encoder,
            cache=cache,
        )
        return module.meeting(
            question,
            found,
            stems=content_stems(question),
            idf=idf,
            encoder=encoder,
            cache=cache,
        )

    assert met("shower tape", plain) == pytest.approx(0.5, abs=NEAR)
    assert met("shower tape", asked) == pytest.approx(1.0, abs=NEAR)
    assert met("shower tape") == 0.0


def test_earlier_advice_loses() -> None:
    old = document("old", metadata=Metadata(title="Sitting", kind="earlier-advice"))
    encoder = HashEncoder()
    new_one, old_one = (
        score_sentences(
            "knee",
            sentences_of([hit("Rest the knee for a month.", of=of)]),
            stems=("knee",),
            idf=idf,
            encoder=encoder,
            cache=TokenCache(encoder),
        )[0]
        for of in (document("new"), old)
    )
    # the sentence alone is its document's mean too
    assert old_one.score == pytest.approx(
        new_one.score + (1 + module.DOCUMENT_WEIGHT) * module.EARLIER_WEIGHT
    )
    assert module.EARLIER_WEIGHT < 0


def test_no_sentences_and_no_words() -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder)
    nothing = score_sentences("knee", [], stems=(), idf=idf, encoder=encoder, cache=cache)
    assert (nothing, encoder.seen) == ([], [])
    assert [s.coverage for s in score("?", HashEncoder())] == [0.0] * 4


def test_the_real_model_finds_the_sentence(encoder: SentenceTransformerEncoder) -> None:
    found = score("why does it hurt to sit", encoder)
    assert max(found, key=lambda s: s.score).sentence.text == "A bent knee presses the kneecap."


# -- the order of hits


def test_hits_follow_their_best_sentence() -> None:
    rest = hit("Not read.", passage_id=3, score=0.5)
    found = rerank(
        [SITTING, BEES, rest],
        [scored(SITTING, 0, score=0.2), scored(SITTING, 1, score=0.4), scored(BEES, score=0.9)],
    )
    assert [h.passage.id for h in found] == [2, 1, 3]
    # the passage's own score counts half as much again as in choosing sentences
    most = module.MOST_RANKED
    assert [h.score for h in found] == pytest.approx(
        [(0.9 + 0.5 * 0.25) / most, (0.4 + 0.5 * 0.75) / most, 0.5 * (0.4 + 0.5 * 0.75) / most]
    )


def test_scores_stay_between_0_and_1() -> None:
    found = rerank([SITTING, BEES], [scored(SITTING, score=9.0), scored(BEES, score=-1.0)])
    assert [h.score for h in found] == [1.0, 0.0]
    assert rerank([], []) == []
    assert rerank([SITTING], []) == [SITTING]


@pytest.mark.parametrize("values", [[0.5], [0.1, 0.9], [0.3, 0.1, 0.7, 0.2], list(range(11))])
def test_the_weakest_words_are_a_percentile(values: list[float]) -> None:
    wanted = np.percentile(values, module.WEAKEST_PERCENTILE)
    found = module._percentile(np.array([sorted(values)], np.float32), module.WEAKEST_PERCENTILE)
    assert found == pytest.approx([wanted])
