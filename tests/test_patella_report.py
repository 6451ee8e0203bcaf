"""``patella report``, files read in part, and a run stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

from ingest import child
from ingest.sandbox import NO_SANDBOX
from tests.make_files import scanned
from tests.office_helpers import zipped

KNEE = "# Knee\n\nSitting hurts because a bent knee presses the kneecap.\n"


def test_a_report_tells_what_became_of_each_file(patella, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "knee.md").write_text(KNEE, "utf-8")
    (folder / "empty.md").write_bytes(b"")
    (folder / "half.pdf").write_bytes(scanned(text_pages=(1, 3), pages=4))
    patella("add", folder, code=1)
    told = json.loads(patella("report", "--json").stdout)
    assert told["run"] == 1
    found = {file["path"]: file for file in told["files"]}
    assert {path: file["state"] for path, file in found.items()} == {
        "knee.md": "added",
        "empty.md": "failed",
        "half.pdf": "partial",
    }
    assert found["half.pdf"]["pages_without_text"] == [2, 4]
    assert found["half.pdf"]["reason"] == "2 pages have no text that could be read, of 4."
    assert "OCR" in found["half.pdf"]["hint"]
    assert all(file["reason"] and file["hint"] for p, file in found.items() if p != "knee.md")
    assert found["empty.md"]["passages"] == 0

    lines = patella("report", "--failed").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines[1:3]] == [
        ["failed", "empty.md"],
        ["partial", "half.pdf"],
    ]

    (folder / "empty.md").write_text("# Shin\n\nThe shin is in front.\n", "utf-8")
    patella("index")
    latest = json.loads(patella("report", "--json").stdout)
    assert (latest["run"], latest["counts"]) == (2, {"added": 1, "unchanged": 2})
    assert "knee.md" not in patella("report").stdout
    assert json.loads(patella("report", "--run", "1", "--json").stdout) == told
    assert "No such run" in patella("report", "--run", "7", code=2).stderr


def test_that_files_were_read_without_limits_is_kept_in_the_report(
    patella, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(child, "BOOT", "raise SystemExit(1)")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "knee.md").write_text(KNEE, "utf-8")
    (folder / "more.zip").write_bytes(zipped({"a.md": KNEE}))
    assert patella("add", "--quiet", folder).stderr.replace("\n", " ").count("without limits") == 1
    assert json.loads(patella("report", "--json").stdout)["notices"] == [NO_SANDBOX]
    assert "without limits" in patella("report").stdout.replace("\n", " ")
    # the same document at two paths is one, with both of them
    (knee,) = json.loads(patella("list", "--json").stdout)["documents"]
    assert knee["addresses"] == [str(folder / "knee.md"), str(folder / "more.zip/a.md")]
    assert "and 1 more" in patella("list").stdout
    assert str(folder / "more.zip/a.md") in patella("show", knee["id"]).stdout.replace("\n", "")


def test_before_the_first_run_there_is_no_report(patella) -> None:
    assert "patella add" in patella("report", code=2).stderr


def test_ctrl_c_keeps_what_was_stored_and_the_next_run_goes_on(patella, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for n in range(2000):
        (folder / f"{n:04}.md").write_text(
            f"# Part {n}\n\nPart {n} of the knee is sore.\n", "utf-8"
        )
    data = tmp_path / "data"
    command = [sys.executable, "-m", "patella", "--data-dir", str(data), "add", str(folder)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not len(list((data / "originals").rglob("*"))) > 20 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "Stopped. What was read so far is kept; to go on: patella index" in said
    assert "Traceback" not in said
    counts = json.loads(patella("index", "--json").stdout)["counts"]
    assert counts["unchanged"] >= 10
    assert counts["added"] + counts["unchanged"] == 2000
