"""The threat model names a test for each line, and each test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)


def test_each_line_has_a_defence_and_a_test() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    threats = [row for row in rows if len(row) == 3 and row[0] != "| threat"]
    assert len(threats) >= 25
    for row in threats:
        assert row[1].strip(), row
        assert re.search(r"`test_\w+\.py::test_\w+`", row[2]), row[0]


def test_each_test_that_is_named_exists() -> None:
    assert len(NAMED) >= 50
    for file, name in NAMED:
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in found, f"{file}::{name}"
