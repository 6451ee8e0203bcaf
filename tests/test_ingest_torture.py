"""Files of all sorts, good, broken and hostile: each ends in the state that it should, and in time."""

from __future__ import annotations

import time
from pathlib import Path

from corpus.originals import Originals
from corpus.store import Store
from ingest.intake import ChunkSettings
from ingest.pipeline import Pipeline
from ingest.sandbox import Limits
from tests.ingest_helpers import count_tokens
from tests.sandbox_helpers import sandbox
from tools.make_torture import make

CHUNKING = ChunkSettings(count_tokens, 256, "test")


def test_every_file_ends_in_its_state(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    expected = make(folder)
    assert len(expected) >= 60
    store = Store(tmp_path / "library.db")
    source = store.files.add("folder", str(folder))
    begun = time.monotonic()
    with sandbox(Limits(workers=2, seconds=20)) as pool:
        pipeline = Pipeline(
            store=store,
            originals=Originals(tmp_path / "originals"),
            chunking=CHUNKING,
            reading=pool,
        )
        reports = pipeline.update([source])
        again = pipeline.update([source])
    assert time.monotonic() - begun < 40
    assert {report.path: report.state for report in reports} == expected
    assert all(r.passages > 0 for r in reports if r.state in {"added", "partial"})
    assert all(r.reason and r.hint for r in reports if r.state == "failed")
    assert {r.path for r in again if r.state == "failed"} == {
        path for path, state in expected.items() if state == "failed"
    }
    (mixed,) = (report for report in reports if report.path == "mixed-encodings.txt")
    assert "It mixes encodings" in mixed.warnings[0]
    told = {(passage.title, passage.language) for passage in store.working_passages()}
    assert {("The knee, in XMP", ""), ("", "ru")} <= told
    assert store.wrong_passages() == ()
    assert not (tmp_path / "escaped.md").exists()
    store.close()
