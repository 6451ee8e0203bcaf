"""``patella doctor --recall``: the served index against an exact scan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.asked import AskedFile
from index.vectors import VectorIndex
from patella.engine import Engine
from patella.recall import LargeSegment, measure, told
from tests.workbench_helpers import BEES, STAIRS, build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS}, {"bees.md": BEES})
    return data


def test_a_small_library_is_searched_exactly(engine: Engine) -> None:
    found = measure(engine)
    assert (found.recall_at_10, found.worst, found.least, found.ok) == (1.0, 1.0, 0.98, True)
    assert (found.saved, found.asked, found.listed) == (0, 0, 0)
    assert found.passages == engine.generation().passages
    assert found.large_segments == ()
    assert "the search by vectors is exact" in told(found)


def test_peoples_questions_come_first(engine: Engine) -> None:
    engine.store.saved.put("Why do stairs hurt?", state="answered", document_id="", by="ada")
    file = AskedFile(engine.settings.asked_file)
    for question in ("Do bees sting?", "Do bees sting?", "Why do stairs hurt?", "Is honey sweet?"):
        file.count(question, "none")
    assert file.texts(most=2) == ["Do bees sting?", "Is honey sweet?"]
    file.close()
    found = measure(engine)
    assert (found.saved, found.asked, found.passages) == (1, 2, engine.generation().passages)


def test_what_is_lost_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = VectorIndex.search
    monkeypatch.setattr(VectorIndex, "search", lambda *a, **k: real(*a, **k)[1:])
    found = measure(engine)
    assert found.recall_at_10 < 0.98
    assert not found.ok
    assert found.worst < found.recall_at_10 + 0.001


def test_a_large_segment_tells_how_it_is_searched(engine: Engine) -> None:
    segment = LargeSegment(60_000, 1024, 160, 400, 0.9925)
    assert told(replace(measure(engine), large_segments=(segment,))).splitlines()[1] == (
        "A segment of 60,000 passages looks through 160 of 1024 lists and compares 400 passages"
        " exactly; 0.9925 when it was built."
    )
