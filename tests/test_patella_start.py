"""What is loaded before there is anything to do: little for ``--help``, no torch or Flask for ``ask``."""

from __future__ import annotations

import subprocess
import sys

COMMON = {"patella.cli_opening", "patella.cli_options"}
HELP = """
import sys
sys.argv = ["patella", "--help"]
from patella.cli import main
try:
    main()
except SystemExit:
    sys.stderr.write(" ".join(sys.modules))
"""
ASK = """
import sys
import patella.cli, patella.cli_ask, patella.encoders, patella.engine, patella.terminal
sys.stderr.write(" ".join(sys.modules))
"""


def loaded(program: str) -> set[str]:
    """Return the modules that a program of its own has loaded at its end."""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(run.stderr.split())


def test_help_loads_the_command_line_and_nothing_else() -> None:
    modules = loaded(HELP)
    rooms = {"answer", "corpus", "index", "ingest", "webapp"}
    assert {m for m in modules if m.split(".")[0] in rooms} == {"corpus", "corpus.errors"}
    foreign = {m.split(".")[0] for m in modules} - set(sys.stdlib_module_names)
    assert {m for m in foreign if not m.startswith("__editable__")} <= {
        "__main__",
        "click",
        "corpus",
        "distutils-precedence",
        "patella",
        "sitecustomize",
        "_distutils_hack",
    }
    assert not [m for m in modules if m.startswith("patella.cli_") and m not in COMMON]
    assert not {"asyncio", "email", "http", "sqlite3", "tomllib", "urllib.request"} & modules


def test_a_question_at_the_command_line_needs_neither_torch_nor_flask() -> None:
    modules = loaded(ASK)
    assert modules >= {"faiss", "tantivy", "rich", "patella.engine"}
    heavy = {"torch", "transformers", "sentence_transformers", "flask", "flask_babel", "babel"}
    assert not heavy & modules
    assert not {m for m in modules if m.split(".")[0] in {"ingest", "argon2"}}
    assert "index.build" not in modules
    # OpenVINO is loaded by the thread that readies the encoder, not by importing
    assert "openvino" not in modules
