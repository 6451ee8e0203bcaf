"""Keeps the catalogues of the pages' words: what the sources say, what is translated, what is compiled.

``python tools/translations.py`` collects every text that pages show, puts those that are new into
``webapp/translations/LANGUAGE/LC_MESSAGES/messages.po`` without a translation, takes out those that are
gone, and writes the compiled ``messages.mo`` beside it. ``--check`` changes nothing, and ends with 1
where the sources, the catalogue and what is compiled do not agree or a text has no translation.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "webapp" / "translations"
LANGUAGES = ("de",)
KEYWORDS = {"N_": None, "say": None, "NN_": (1, 2), "say_count": (2, 3)}
RULES = ROOT / "corpus" / "library" / "red_flags.toml"
SAYING = """
    webapp/*.py webapp/desk/*.py
    patella/account_desk.py patella/asking.py patella/difference.py patella/incoming.py
    patella/job_desk.py patella/job_work.py patella/library_table.py patella/pdf_view.py
    patella/publishing.py patella/sidecars.py patella/web.py
    corpus/accounts.py corpus/attempts.py corpus/filters.py corpus/jobs.py corpus/originals.py
    corpus/passwords.py corpus/receipts.py corpus/saved.py corpus/sessions.py corpus/tokens.py
    ingest/*.py ingest/formats/*.py ingest/web/*.py
    answer/chat.py
""".split()
"""Files whose errors are told on pages."""
ELSEWHERE = {"cross_origin.py", "limits.py", "child.py", "pdf_worker.py", "worker.py", "ignore.py"}
"""Files of those folders whose errors are for the log or the command line."""
HEADER = """\
# The words of Patella's pages: tools/translations.py keeps this file in step with the sources.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_TEXT = re.compile(r"[A-Za-z]{2}")

Found = tuple[str | tuple[str, str], str]
"""A text, or one for one and for more, and the file that it is from."""


def texts() -> Iterator[Found]:
    """Give every text that a page may show, file by file."""
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        yield from _marked(path, "python", KEYWORDS)
    options = {"newstyle_gettext": "true", "silent": "false", "encoding": "utf-8"}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    for path in sorted((ROOT / "webapp" / "templates").rglob("*.html")):
        yield from _marked(path, "jinja2", keywords, options)
    records = ROOT / "corpus" / "records.py"
    for words in _dictionary(records, "EVIDENCE_KINDS"):
        yield words, _place(records)
    for rule in tomllib.loads(RULES.read_text("utf-8"))["rule"]:
        yield rule["title"], _place(RULES)
        yield rule["advice"], _place(RULES)
    known = _errors(ROOT / "corpus" / "errors.py")
    for pattern in SAYING:
        for path in sorted(ROOT.glob(pattern)):
            if path.name not in ELSEWHERE:
                yield from ((words, _place(path)) for words in _said(path, known))


def _marked(
    path: Path, method: str, keywords: dict[str, object], options: dict[str, str] | None = None
) -> Iterator[Found]:
    found = extract_from_file(method, path, keywords=keywords, options=options)
    for _, message, _, _ in found:
        if isinstance(message, tuple):
            yield (message[0], message[1]), _place(path)
        elif message:
            yield message, _place(path)


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _dictionary(path: Path, name: str) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name:
            yield from ast.literal_eval(node.value).values()


def _errors(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def _said(path: Path, known: set[str]) -> Iterator[str]:
    """Give what errors that are raised in a file say, and their hints, with ``{0}`` for each value."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in known
        asides = isinstance(node, ast.Call) and {
            word.arg for word in node.keywords if word.arg in {"reason", "hint"}
        }
        if not isinstance(node, ast.Call) or not (named or asides):
            continue
        said = [
            *(node.args[:1] if named else []),
            *(word.value for word in node.keywords if word.arg in {"reason", "hint"}),
        ]
        for words in map(_template, said):
            if _TEXT.search(re.sub(r"\{\d\}", "", words)):
                yield words


def _template(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    made, count = "", 0
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            made += str(piece.value)
        else:
            made += f"{{{count}}}"
            count += 1
    return made


def collect() -> Catalog:
    """Return a catalogue of all texts, without translations."""
    catalogue = Catalog()
    for words, place in texts():
        catalogue.add(words, locations=[(place, None)])  # type: ignore[list-item]
    return catalogue


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it is kept."""
    path = _path(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """Return the catalogue of a language with the texts that the sources have now, and no others."""
    held, made = read(language), Catalog(locale=language)
    for message in sorted(collect(), key=_first):
        if message.id:
            before = held.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            same = before is not None and before.id == message.id
            places = [(place, None) for place in sorted({place for place, _ in message.locations})]
            made.add(message.id, before.string if same else None, locations=places)  # type: ignore[list-item]
    return made


def _first(message: Message) -> tuple[str, str]:
    first = message.id[0] if isinstance(message.id, tuple) else str(message.id)
    return (min((place for place, _ in message.locations), default=""), first)


def faults(language: str) -> list[str]:
    """Return in words what is not as it should be; none where all is."""
    held, now, told = read(language), renewed(language), []
    before, after = ({str(one.id) for one in each if one.id} for each in (held, now))
    told += [f"{language}: not in the catalogue: {text}" for text in sorted(after - before)]
    told += [f"{language}: in no source any more: {text}" for text in sorted(before - after)]
    for message in held:
        if message.id and not _whole(message):
            told.append(f"{language}: not translated: {message.id}")
    compiled = _path(language).with_suffix(".mo")
    if not compiled.is_file() or compiled.read_bytes() != _compiled(held):
        told.append(f"{language}: messages.mo is not what messages.po says")
    return told


def _whole(message: Message) -> bool:
    """Tell whether a text is translated, in all its forms and with the same gaps."""
    if message.fuzzy:
        return False
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(forms):
        return False
    gaps = set(_gaps(sources[-1]))
    return all(set(_gaps(form)) == gaps for form in forms)


def _gaps(text: str) -> list[str]:
    return re.findall(r"%\(\w+\)s|\{\w+\}", text)


def _compiled(catalogue: Catalog) -> bytes:
    # the header of what is compiled has a time in it, and the same texts are to be the same bytes
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def write(language: str) -> None:
    """Write a language's catalogue anew, and compile it."""
    catalogue, path = renewed(language), _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language=language, plural=catalogue.plural_forms).encode())
        write_po(file, catalogue, width=100, omit_header=True)
    path.with_suffix(".mo").write_bytes(_compiled(read(language)))


def main(arguments: list[str]) -> int:
    told = []
    for language in LANGUAGES:
        if "--check" not in arguments:
            write(language)
        told += faults(language)
    print("\n".join(told) or "All texts are translated.")
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
