"""Which files of a folder are taken: --include, --exclude and .patellaignore."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import Result

from ingest.ignore import Choice

TEXT = "# Page {}\n\nRest the knee for {} days, and go on slowly then.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "guides"
    for number, name in enumerate(
        ["a.md", "b.txt", "drafts/c.md", "drafts/keep.md", "deep/drafts/d.md", "deep/e.md"]
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT.format(number, number), "utf-8")
    return root


def states(result: Result) -> dict[str, str]:
    return {f["path"]: f["state"] for f in json.loads(result.stdout)["files"]}


def taken(result: Result) -> set[str]:
    return {path for path, state in states(result).items() if state in ("added", "unchanged")}


def test_patterns_are_remembered(patella, folder) -> None:
    first = patella("add", "--json", "--exclude", "drafts/", "--include", "*.md", folder)
    assert states(first) == {
        "a.md": "added", "deep/e.md": "added", "b.txt": "skipped", "drafts/": "skipped",
        "deep/drafts/": "skipped",
    }  # fmt: skip
    reasons = {f["path"]: f["reason"] for f in json.loads(first.stdout)["files"]}
    assert reasons["drafts/"] == "A pattern of its source leaves it out."
    assert reasons["b.txt"] == "No pattern of its source takes it in."
    assert taken(patella("index", "--json")) == {"a.md", "deep/e.md"}
    assert taken(patella("add", "--json", folder)) == {"a.md", "deep/e.md"}
    # other patterns take their place
    report = patella("add", "--json", "--exclude", "/a.md", folder)
    assert states(report)["a.md"] == "removed" or states(report)["a.md"] == "skipped"
    assert taken(patella("index", "--json")) == {
        "b.txt", "deep/e.md", "drafts/c.md", "drafts/keep.md", "deep/drafts/d.md",
    }  # fmt: skip
    source = json.loads(patella("status", "--json").stdout)["sources"][0]
    assert (source["include"], source["exclude"]) == ([], ["/a.md"])


def test_an_ignore_file_works_as_gits(patella, folder) -> None:
    (folder / ".patellaignore").write_text("# ours\n*.txt\n/drafts/*\n!keep.md\n", "utf-8")
    (folder / "deep" / ".patellaignore").write_text("/e.md\n", "utf-8")
    assert taken(patella("add", "--json", folder)) == {"a.md", "drafts/keep.md", "deep/drafts/d.md"}
    (folder / "deep" / ".patellaignore").write_text("drafts/\n", "utf-8")
    report = json.loads(patella("index", "--json").stdout)["files"]
    gone = [f for f in report if f["state"] == "removed"]
    assert [f["path"] for f in gone] == ["deep/drafts/d.md"]
    (folder / ".patellaignore").unlink()
    (folder / "deep" / ".patellaignore").unlink()
    assert len(taken(patella("index", "--json"))) == 6


@pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", b"!\n"])
def test_an_ignore_file_that_cannot_be_read_removes_nothing(patella, folder, content) -> None:
    patella("add", folder)
    (folder / ".patellaignore").write_bytes(content)
    report = patella("index", "--json", code=1)
    assert list(states(report).values()) == ["failed"]
    assert ".patellaignore is not a list of patterns" in report.stdout
    assert len(json.loads(patella("list", "--json").stdout)["documents"]) == 6


def test_a_file_that_is_named_is_taken_whatever_the_patterns_say(patella, folder) -> None:
    patella("add", "--exclude", "drafts/", folder)
    assert taken(patella("add", "--json", folder / "drafts" / "c.md")) == {"c.md"}
    # without the pattern, the folder has it as well: one document, two places
    patella("add", "--include", "*", folder)
    documents = json.loads(patella("list", "--json").stdout)["documents"]
    assert len(documents) == 6


def test_patterns_that_are_none_and_folders_in_folders_are_refused(patella, folder) -> None:
    assert ".gitignore" in patella("add", "--exclude", "!", folder, code=2).output
    patella("add", folder)
    refused = patella("add", "--exclude", "x", folder / "deep", code=2).output
    assert "is known already" in " ".join(refused.split())


def test_which_line_counts(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / ".patellaignore").write_text("*.md\n!in/yes.md\n", "utf-8")
    (tmp_path / "in" / ".patellaignore").write_text("yes.md\n!no.md\n", "utf-8")
    choice = Choice(tmp_path, include=(), exclude=())
    # as told by: git check-ignore --verbose
    assert [choice.leaves_out(p) for p in ("x.md", "in/yes.md", "in/no.md", "in/x.md", "x.txt")] == [
        True, True, False, True, False,
    ]  # fmt: skip
    assert choice.why_not("in/yes.md") == "in/.patellaignore leaves it out."


def test_git_says_the_same(tmp_path) -> None:
    import shutil
    import subprocess

    if not shutil.which("git"):
        pytest.skip("git is not installed")
    files = [
        "a.md",
        "b/a.md",
        "b/c/a.md",
        "b/x.tmp",
        "build/x.md",
        "b/build/y.md",
        "keep/z.tmp",
        "q/r s.md",
    ]
    rules = {".": "*.tmp\n/build/\n!keep/*.tmp\nb/**/a.md\nr\\ s.md\n", "b": "!a.md\nbuild\n"}
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    for where, text in rules.items():
        for name in (".gitignore", ".patellaignore"):
            (tmp_path / where / name).write_text(text, "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(tmp_path),
    }
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=environment, check=True)
    done = subprocess.run(
        ["git", "check-ignore", "--", *files],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    choice = Choice(tmp_path, include=(), exclude=())
    assert [f for f in files if choice.leaves_out(f)] == done.stdout.splitlines()
    assert 2 < len(done.stdout.splitlines()) < len(files)


def test_pipes_and_links_to_devices_are_skipped_and_never_read(tmp_path: Path) -> None:
    import os

    from corpus.files import Source
    from ingest.opening import Opener
    from ingest.sources import NO_FILE, scan

    (tmp_path / "a.md").write_text("Words.")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.txt")
    found = scan(Source(1, "folder", str(tmp_path)), opener=Opener(apart=False))
    assert [file.path for file in found.files] == ["a.md"]
    assert found.left_out == (("pipe.txt", NO_FILE), ("zero.txt", NO_FILE))
