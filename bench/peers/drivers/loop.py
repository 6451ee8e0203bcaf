"""The protocol that every driver speaks: JSON objects, a line each, on standard input and output.

Runs in a peer's own environment, so it imports nothing but Python's library. A driver is an object
with ``open(folder)``, ``index(passages)``, ``change(passage)`` and ``search(text, k)``; passages are
objects with ``id``, ``title`` and ``text``, and a search returns pairs of id and score. What
``prepare(passages)`` does, where a driver has it, is not counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


def serve(driver: Any) -> None:
    """Do what standard input says until it ends."""
    # libraries print progress and warnings: they get standard error, the protocol the real output
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        for line in sys.stdin:
            asked = json.loads(line)
            begun = time.perf_counter()
            with contextlib.redirect_stdout(sys.stderr):
                told = _do(driver, asked)
            told["seconds"] = time.perf_counter() - begun
            out.write(json.dumps(told) + "\n")
            out.flush()


def _do(driver: Any, asked: dict[str, Any]) -> dict[str, Any]:
    if asked["do"] == "index":
        passages = read(Path(asked["passages"]), asked.get("most"))
        if hasattr(driver, "prepare"):
            driver.prepare(passages)
        begun, cpu = time.perf_counter(), _cpu()
        driver.index(passages)
        return {
            "passages": len(passages),
            "took": time.perf_counter() - begun,
            "cpu": _cpu() - cpu,
        }
    if asked["do"] == "ready":
        return {}
    if asked["do"] == "open":
        driver.open()
        return {}
    if asked["do"] == "change":
        driver.change(asked["passage"])
        return {}
    if asked["do"] == "search":
        return _search(driver, asked["queries"], asked["k"])
    raise SystemExit(f"no such thing to do: {asked['do']}")


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _search(driver: Any, queries: list[list[str]], k: int) -> dict[str, Any]:
    run: dict[str, dict[str, float]] = {}
    took = []
    cpu = time.process_time()
    for name, text in queries:
        begun = time.perf_counter()
        found = driver.search(text, k)
        took.append(time.perf_counter() - begun)
        best: dict[str, float] = {}
        for document, score in found:
            best[document] = max(float(score), best.get(document, float("-inf")))
        run[name] = best
    return {"run": run, "took": took, "cpu": time.process_time() - cpu}


def read(path: Path, most: int | None) -> list[dict[str, str]]:
    """Read passages of a file in BEIR's form, at most ``most``."""
    found: list[dict[str, str]] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            if most is not None and len(found) >= most:
                break
            raw = json.loads(line)
            found.append({"id": raw["_id"], "title": raw.get("title", ""), "text": raw["text"]})
    return found


def whole(passage: dict[str, str]) -> str:
    """Return a passage as one text, its title first."""
    return f"{passage['title']}\n{passage['text']}" if passage["title"] else passage["text"]
