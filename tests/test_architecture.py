"""The rooms and who may see whom: held by reading the imports, without running anything."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import corpus.errors

ROOT = Path(__file__).resolve().parent.parent

ALLOWED = {
    "corpus": set(),
    "ingest": {"corpus"},
    "index": {"corpus"},
    "answer": {"corpus", "index"},
    "webapp": {"corpus", "answer"},
    "patella": {"answer", "corpus", "index", "ingest", "webapp"},
}
"""Each room with those that it may import, besides itself."""

ONLY_IN = {
    "faiss": ("index/nearest.py",),
    "tantivy": ("index/lexical.py",),
    "psycopg": ("corpus/postgres.py",),
    "fsspec": ("corpus/shared_originals.py",),
    "ray": ("patella/ray_cluster.py",),
    "pymilvus": ("index/milvus/client.py", "index/milvus/layout.py"),
    "openvino": ("index/compiled.py",),
    "torch": ("index/embed.py", "index/fast.py"),
    "transformers": ("index/embed.py", "index/reranker.py"),
    "sentence_transformers": ("index/embed.py", "index/reranker.py"),
    "sqlite3": (
        "corpus/database.py",
        "corpus/migrations.py",
        "corpus/sums.py",
    ),
    "flask": ("webapp/",),
    "flask_limiter": ("webapp/limits.py",),
    "flask_openapi": ("webapp/v1/",),
    "prometheus_client": ("webapp/metrics.py",),
    "pydantic": ("webapp/v1/", "patella/mcp_server.py"),
    "flask_login": ("webapp/access.py",),
    "flask_wtf": ("webapp/access.py",),
    "argon2": ("corpus/passwords.py",),
    "httpx2": ("answer/chat.py", "ingest/", "patella/client.py"),
    "waitress": ("patella/serve.py", "patella/refusals.py"),
    "click": ("patella/",),
    "mcp": ("patella/mcp_server.py", "patella/mcp_http.py"),
    "uvicorn": ("patella/mcp_http.py",),
    "pypdf": ("ingest/formats/", "ingest/faults.py"),  # faults names its error, to translate it
    "pypdfium2": ("ingest/pdf_worker.py",),  # it runs in a process of its own
    "trafilatura": ("ingest/formats/",),
}
"""Outside packages with the modules and folders that alone may import them."""

CODE = sorted(path for room in ALLOWED for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the full names of all modules that a file imports, at whatever depth."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            found.add(str(node.module))
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found.update(arg.value for arg in node.args if isinstance(arg, ast.Constant))
    return frozenset(found)


def packages(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


def test_there_is_something_to_look_at() -> None:
    assert len(CODE) > 60
    assert {name_of(path).split("/")[0] for path in CODE} == set(ALLOWED)


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_go_one_way(room: str) -> None:
    for path in CODE:
        if name_of(path).startswith(f"{room}/"):
            seen = packages(path) & set(ALLOWED)
            assert seen <= ALLOWED[room] | {room}, f"{name_of(path)} imports {seen}"


def test_no_code_imports_tests_or_tools() -> None:
    for path in CODE:
        assert not packages(path) & {"tests", "bench", "tools"}, name_of(path)


@pytest.mark.parametrize("package", ONLY_IN)
def test_an_outside_package_stays_behind_its_module(package: str) -> None:
    users = {name_of(path) for path in CODE if package in packages(path)}
    assert users, f"nothing imports {package} any more: take it off the list"
    assert {user for user in users if not user.startswith(ONLY_IN[package])} == set()


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    modules = {module_of(path): path for path in CODE}
    below = {
        module: {other for other in imports(path) if other in modules and other != module}
        & modules.keys()
        for module, path in modules.items()
        if path.name != "__init__.py"
    }
    for module in list(below):
        top = [
            node
            for node in tree(modules[module]).body
            if isinstance(node, (ast.Import, ast.ImportFrom))
        ]
        names = {str(n.module) for n in top if isinstance(n, ast.ImportFrom)}
        names |= {
            f"{n.module}.{a.name}" for n in top if isinstance(n, ast.ImportFrom) for a in n.names
        }
        below[module] &= names
    done: set[str] = set()
    while left := [m for m in below if m not in done]:
        free = [m for m in left if below[m] & below.keys() <= done]
        assert free, f"a circle among {sorted(left)}"
        done.update(free)


def test_only_the_settings_read_the_environment() -> None:
    for path in CODE:
        if name_of(path) == "patella/settings.py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used = f"{node.value.id}.{node.attr}"
                assert used not in {"os.environ", "os.getenv", "os.putenv"}, name_of(path)
        assert not imports(path) & {"os.environ", "os.getenv", "dotenv"}, name_of(path)


def test_nothing_is_pickled() -> None:
    unsafe = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    for path in CODE:
        assert not packages(path) & unsafe, name_of(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), name_of(path)
                assert node.value.value is False, name_of(path)
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in {"eval", "exec", "torch.load"}, name_of(path)


def test_every_module_says_in_a_sentence_what_it_owns() -> None:
    for path in CODE:
        if path.stat().st_size:
            words = ast.get_docstring(tree(path))
            assert words, f"{name_of(path)} has no docstring"
            assert words.split("\n\n")[0].rstrip().endswith("."), name_of(path)


def test_no_module_is_longer_than_five_hundred_lines() -> None:
    for path in CODE:
        assert len(path.read_text("utf-8").splitlines()) <= 500, name_of(path)


def test_no_function_is_longer_than_eighty_lines() -> None:
    for path in CODE:
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 80, f"{name_of(path)}: {node.name} has {length} lines"


def test_every_error_raised_on_purpose_is_drawn_in_the_tree() -> None:
    path = ROOT / "corpus" / "errors.py"
    drawing = corpus.errors.__doc__ or ""
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef):
            assert f" {node.name} " in f"{drawing} ".replace("\n", " "), node.name


def test_errors_of_our_own_are_made_in_one_place() -> None:
    for path in CODE:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                bases = {ast.unparse(base) for base in node.bases}
                if bases & {"Exception", "PatellaError"}:
                    assert name_of(path) == "corpus/errors.py", f"{name_of(path)}: {node.name}"


# -- packaging


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_the_listed_packages_are_those_that_exist() -> None:
    existing = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for room in ALLOWED
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert set(project()["tool"]["setuptools"]["packages"]) == existing


def test_every_folder_of_code_is_a_package() -> None:
    for path in CODE:
        assert (path.parent / "__init__.py").exists(), name_of(path)


def test_every_file_that_is_not_code_is_shipped_too() -> None:
    listed = project()["tool"]["setuptools"]["package-data"]
    for room in ALLOWED:
        shipped = {path for pattern in listed.get(room, []) for path in (ROOT / room).glob(pattern)}
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                assert path in shipped, f"{name_of(path)} would not be in the wheel"


# -- importing does nothing


def in_a_process_of_its_own(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


HEAVY = "{'torch', 'sentence_transformers', 'transformers', 'openvino', 'sklearn', 'scipy'}"


def test_importing_any_module_loads_no_model_library() -> None:
    modules = [module_of(path) for path in CODE if path.name != "__main__.py"]
    loaded = in_a_process_of_its_own(
        f"import importlib, sys\nfor m in {modules!r}: importlib.import_module(m)\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    assert loaded == "[]"


def test_the_command_line_is_quick_to_start() -> None:
    loaded = in_a_process_of_its_own(
        "import sys, patella.cli\n"
        f"print(sorted(({HEAVY} | {{'faiss', 'tantivy', 'flask', 'trafilatura'}}) & set(sys.modules)))"
    )
    assert loaded == "[]"


def test_importing_leaves_logging_and_warnings_as_they_are() -> None:
    modules = [module_of(path) for path in CODE if path.name != "__main__.py"]
    said = in_a_process_of_its_own(
        "import importlib, logging, sys\n"
        f"for m in {modules!r}: importlib.import_module(m)\n"
        "print(logging.root.handlers, logging.root.manager.disable)"
    )
    assert said == "[] 0"
