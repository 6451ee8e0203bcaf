"""Files are read in processes of their own: limits, ends of all sorts, and the same result as without."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from corpus.errors import Broken, Encrypted, LibraryError, ReadError, TooLarge
from ingest import child
from ingest.reading import InProcess, Job
from ingest.sandbox import NO_SANDBOX, Counter, Limits
from ingest.sidecar import Beside
from tests.ingest_helpers import FILES, count_tokens
from tests.sandbox_helpers import MISCHIEF, REAL, sandbox

KNEE = "# Knee\n\nSitting hurts because a bent knee presses. Stand up every twenty minutes.\n"


def job(text: str, name: str = "a.txt") -> Job:
    return Job(text.encode(), name)


def children() -> set[int]:
    """Return the processes that threads of this one started, as Linux tells."""
    listed = Path("/proc/self/task").glob("*/children")
    return {int(child) for path in listed for child in path.read_text().split()}


def test_what_comes_back_is_what_is_read_in_this_process() -> None:
    alone = InProcess(count_tokens, 256)
    jobs = [Job(path.read_bytes(), path.name) for path in sorted(FILES.glob("*.*"))]
    jobs.append(
        Job(
            KNEE.encode(),
            "a.md",
            "https://example.org/a",
            Beside("a.meta.yaml", "0", data=b"questions: [When to stand up?]"),
        )
    )
    read = 0
    with sandbox(Limits(workers=2)) as pool:
        for one, future in [(one, pool.submit(one)) for one in jobs]:
            expected = alone.submit(one)
            error = expected.exception()
            if error is None:
                assert future.result() == expected.result(), one.name
                read += 1
            else:
                with pytest.raises(type(error)) as found:
                    future.result()
                assert (str(found.value), found.value.hint) == (str(error), error.hint)
    assert read >= 8


def test_an_error_comes_back_as_itself() -> None:
    with sandbox(Limits(workers=1)) as pool, pytest.raises(Encrypted, match="needs a password"):
        pool.submit(Job((FILES / "locked.pdf").read_bytes(), "locked.pdf")).result()


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ("SLEEP", TooLarge, "took longer than 2 seconds and was stopped"),
        ("SWELL", TooLarge, "more memory than a file is given"),
        ("CRASH", Broken, "ended the process that read it (SIGABRT)"),
        ("VANISH", Broken, "ended the process that read it (exit code 3)"),
        ("FAULT", Broken, "The reader failed on this file (KeyError)."),
    ],
)
def test_only_the_file_that_does_harm_fails(words, error, said) -> None:
    with sandbox(Limits(workers=1, seconds=2), MISCHIEF) as pool:
        futures = [pool.submit(job(text)) for text in (KNEE, f"{words} now.", KNEE)]
        assert futures[0].result() == futures[2].result()
        with pytest.raises(ReadError) as found:
            futures[1].result()
    assert type(found.value) is error
    assert said in str(found.value)
    assert found.value.hint


def test_memory_is_limited() -> None:
    with sandbox(Limits(workers=1, megabytes=600), MISCHIEF) as pool:
        with pytest.raises(TooLarge, match="more memory than a file is given") as found:
            pool.submit(job("SWELL now.")).result()
        assert "read_megabytes" in found.value.hint
        assert pool.submit(job(KNEE)).result().passages


def test_the_size_of_an_answer_is_limited() -> None:
    with sandbox(Limits(workers=1, output=2_000)) as pool:
        with pytest.raises(TooLarge, match="of text"):
            pool.submit(job("Sitting hurts the knee. " * 200)).result()
        assert pool.submit(job("Short.")).result().passages[0].text == "Short."


def test_a_reading_process_prints_nothing_and_loads_no_model() -> None:
    with sandbox(Limits(workers=1), MISCHIEF) as pool:
        assert pool.submit(job("PRINT this, and say which MODULES there are.")).result().passages


def test_a_process_that_died_while_idle_costs_no_file() -> None:
    with sandbox(Limits(workers=1)) as pool:
        before = children()
        assert pool.submit(job(KNEE)).result().passages
        for child in children() - before:
            os.kill(child, 9)
        time.sleep(0.1)
        assert pool.submit(job(KNEE)).result().passages


def test_all_processes_end_with_the_sandbox() -> None:
    before = children()
    with sandbox(Limits(workers=2, seconds=50), MISCHIEF) as pool:
        futures = [pool.submit(job("SLEEP now.")) for _ in range(2)]
        until = time.monotonic() + 20
        while len(children() - before) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    assert children() <= before
    assert all(future.exception() for future in futures)


def test_where_no_process_can_be_started_files_are_read_here_and_that_is_told() -> None:
    told: list[str] = []
    nowhere = Counter("tests.no_such_module:counter", "")
    with sandbox(Limits(workers=2), nowhere, told=told.append) as pool:
        futures = [pool.submit(job(KNEE)) for _ in range(3)]
        assert all(future.result().passages for future in futures)
        assert pool.ahead == 1
    assert told == [NO_SANDBOX]


def test_where_no_more_processes_can_be_started_the_file_is_not_to_blame(monkeypatch) -> None:
    with sandbox(Limits(workers=1), MISCHIEF) as pool:
        pool.submit(job(KNEE)).result()
        monkeypatch.setattr(child, "BOOT", "raise SystemExit(1)")
        with pytest.raises(Broken):
            pool.submit(job("VANISH now.")).result()
        with pytest.raises(LibraryError, match="could be started"):
            pool.submit(job(KNEE)).result()


def test_nothing_is_started_before_there_is_a_file() -> None:
    before = children()
    with sandbox(Limits(workers=2), REAL):
        assert children() == before
