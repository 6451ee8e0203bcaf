"""Security and fuzzing as one command each, ending in a table of what was tried, survived and lost.

Usage: python -m bench.hardening security|audit|fuzz [--count 5000] [--out FOLDER]

``audit`` looks through what is made and what it is made of: bandit, ruff's security rules, hadolint and
promtool over deploy/, and pip-audit where its database can be reached; it writes a bill of materials
(CycloneDX) to FOLDER. ``security`` runs the tests of each threat (docs/security.md) before that. ``fuzz``
runs schemathesis over the API, hostile texts through every parser, and mutated files through every
reader. Exit code 1 if anything was lost. What cannot run here says so, and counts as nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import fuzz_inputs

ROOT = Path(__file__).parents[1]
CODE = ("answer", "corpus", "index", "ingest", "patella", "webapp")
SETS: dict[str, tuple[str, ...]] = {
    "web: every address attacked": ("tests/test_webapp_attacks.py",),
    "web: headers, hosts, markup": ("tests/test_webapp_security.py",),
    "web: sign-in, sessions, CSRF": (
        "tests/test_webapp_access.py",
        "tests/test_corpus_accounts.py",
    ),
    "web: limits, other sites": ("tests/test_webapp_limits.py", "tests/test_webapp_widget.py"),
    "SSRF: addresses": ("tests/test_ingest_guard.py",),
    "SSRF: redirects, rebinding": ("tests/test_ingest_fetch.py",),
    "documents: injections": (
        "tests/test_answer_generate.py",
        "tests/test_webapp_injections.py",
    ),
    "documents: terminal, bidi": ("tests/test_patella_terminal.py",),
    "documents: bombs, traversal": ("tests/test_ingest_package.py", "tests/test_ingest_archive.py"),
    "documents: sandbox, network": ("tests/test_ingest_sandbox.py", "tests/test_ingest_network.py"),
    "documents: torture folder": ("tests/test_ingest_torture.py",),
    "withdrawal": ("tests/test_patella_withdraw.py",),
    "privacy": ("tests/test_patella_gaps.py", "tests/test_webapp_metrics.py"),
    "supply chain": ("tests/test_supply.py",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One family; ``told`` says why it could not run, or where it wrote."""

    name: str
    tried: int = 0
    lost: int = 0
    told: str = ""


def tests(name: str, paths: Sequence[str]) -> Row:
    """Run tests and count them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, f"--junit-xml={report}", *paths],
            cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        if not report.is_file():
            return Row(name, 0, 1, done.stdout[-200:].strip())
        suites = ET.parse(report).getroot()  # noqa: S314  (pytest's own)
    numbers = list(suites.iter("testsuite"))
    tried = sum(int(s.get("tests", 0)) - int(s.get("skipped", 0)) for s in numbers)
    lost = sum(int(s.get("failures", 0)) + int(s.get("errors", 0)) for s in numbers)
    return Row(name, tried, lost)


def tool(*command: str, anywhere: bool = False) -> tuple[int, str]:
    """Run a tool of this environment, or of the system where it may be ``anywhere``.

    Returns its code and what it printed, with its errors in the second case; 127 where it is not here.
    """
    path = Path(sys.executable).parent / command[0]
    program = str(path) if path.is_file() else shutil.which(command[0]) if anywhere else None
    if program is None:
        return 127, ""
    done = subprocess.run(
        [program, *command[1:]],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
        stderr=subprocess.STDOUT if anywhere else subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout


def bandit() -> Row:
    """Look through the code by bandit's rules, of medium weight and more."""
    code, said = tool("bandit", "-q", "-ll", "-f", "json", "-c", "pyproject.toml", "-r", *CODE)
    if code == 127:
        return Row("bandit: lines of code", told="not installed: pip install '.[audit]'")
    found = json.loads(said)
    first = next(
        (f"{r['filename']}:{r['line_number']} {r['test_id']}" for r in found["results"]), ""
    )
    return Row(
        "bandit: lines of code", found["metrics"]["_totals"]["loc"], len(found["results"]), first
    )


def ruff() -> Row:
    """Look through the code by ruff's security rules."""
    files = len([p for room in CODE for p in (ROOT / room).rglob("*.py")])
    code, said = tool(
        "ruff", "check", "--select", "S", "--ignore", "S603,S607", "--output-format", "json", *CODE
    )
    if code == 127:
        return Row("ruff S: files", told="not installed")
    return Row("ruff S: files", files, len(json.loads(said)))


def known_faults() -> Row:
    """Ask for known faults of what is installed, where the database can be reached."""
    code, said = tool(
        "pip-audit", "--format", "json", "--progress-spinner", "off", "-l", "--timeout", "10"
    )
    try:
        found = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = (
            "not installed: pip install '.[audit]'"
            if code == 127
            else "no database can be reached from here"
        )
        return Row("pip-audit: packages", told=why)
    faulty = [one["name"] for one in found if one.get("vulns")]
    return Row("pip-audit: packages", len(found), len(faulty), ", ".join(faulty))


def bill(out: Path) -> Row:
    """Write the bill of materials of this environment (CycloneDX 1.6, JSON)."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "sbom.cdx.json"
    code, _ = tool(
        "cyclonedx-py",
        "environment",
        sys.executable,
        "--sv",
        "1.6",
        "--of",
        "JSON",
        "-o",
        str(path),
    )
    if code == 127:
        return Row("SBOM: components", told="not installed: pip install '.[audit]'")
    if code:
        return Row("SBOM: components", 0, 1, f"exit code {code}")
    return Row(
        "SBOM: components", len(json.loads(path.read_text("utf-8"))["components"]), 0, str(path)
    )


def readers(count: int) -> Row:
    """Give every reader mutated files."""
    command = [sys.executable, "-m", "bench.fuzz_readers", "--count", str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Row(
        "readers: mutated files",
        count,
        int(done.returncode != 0),
        done.stdout[-160:].strip() * bool(done.returncode),
    )


def linted(name: str, *command: str) -> Row:
    """Have a tool of this environment, or of the system, look at a file of deploy/."""
    code, said = tool(*command, anywhere=True)
    if code == 127:
        return Row(name, told=f"{command[0]} is not installed")
    return Row(name, 1, int(code != 0), said.strip()[:160] if code else "")


def audit(out: Path) -> list[Row]:
    """Look through the code, what it is made of, and how it is run."""
    return [
        bandit(),
        ruff(),
        known_faults(),
        bill(out),
        linted("Dockerfile: hadolint", "hadolint", "deploy/Dockerfile"),
        linted("alerts: promtool", "promtool", "check", "rules", "deploy/alerts.yml"),
    ]


def security(out: Path) -> list[Row]:
    """Try all threats."""
    return [*(tests(name, paths) for name, paths in SETS.items()), *audit(out)]


def fuzz(count: int) -> list[Row]:
    """Try all inputs."""
    rows = [
        Row(f"texts: {name}", one.tried, one.faults, one.first)
        for name, one in fuzz_inputs.run(count, 1).items()
    ]
    return [
        *rows,
        tests("API: schemathesis", ["tests/test_webapp_schemathesis.py"]),
        readers(count),
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the rows with their sums."""
    lines = [f"{'':30}{'tried':>8}{'survived':>10}{'lost':>6}"]
    for row in rows:
        numbers = (
            f"{row.tried:8}{row.tried - row.lost:10}{row.lost:6}"
            if row.tried or row.lost
            else " " * 24
        )
        lines.append(f"{row.name:30}{numbers}  {row.told}".rstrip())
    tried, lost = sum(r.tried for r in rows), sum(r.lost for r in rows)
    return "\n".join([*lines, f"{'all':30}{tried:8}{tried - lost:10}{lost:6}"])


def main() -> int:
    """Run a family, and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", choices=("security", "audit", "fuzz"))
    parser.add_argument("--count", type=int, default=5_000, help="texts for each parser, and files")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where the bill goes")
    chosen = parser.parse_args()
    families: dict[str, Callable[[], list[Row]]] = {
        "security": lambda: security(chosen.out),
        "audit": lambda: audit(chosen.out),
        "fuzz": lambda: fuzz(chosen.count),
    }
    rows = families[chosen.family]()
    print(table(rows))
    return int(any(row.lost for row in rows))


if __name__ == "__main__":
    sys.exit(main())
