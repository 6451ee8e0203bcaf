"""``patella doctor``: the library file, the vectors, the originals and the index held against each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from corpus.database import SqliteFile
from corpus.errors import Damaged, LibraryError, NewerLibrary, PatellaError
from index import generation as gen
from index.build import KEPT
from index.embed import find_model
from patella.engine import Engine
from patella.opening import find_index, open_vectors


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``advice`` says what to do where it is not ``ok``."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    mendable: bool = False


def examine(engine: Engine) -> tuple[Check, ...]:
    """Run all checks; none changes anything. What is wrong with ``remains`` alone harms nobody."""
    checks = (
        _library,
        _texts,
        _passages,
        _sums,
        _generations,
        _vectors,
        _originals,
        _private,
        _model,
        _index,
        _others,
        _remains,
        _failures,
    )
    return tuple(_guarded(check, engine) for check in checks)


def _guarded(check: Callable[[Engine], Check], engine: Engine) -> Check:
    try:
        return check(engine)
    except PatellaError as error:
        name = check.__name__.strip("_")
        return Check(
            name, False, str(error), error.hint, mendable=name in {"index", "sums", "vectors"}
        )


def _library(engine: Engine) -> Check:
    word = engine.store.integrity()
    return Check(
        "library", word == "ok", f"library file: {word}", "Restore the library from a backup."
    )


def _texts(engine: Engine) -> Check:
    wrong = engine.store.wrong_texts()
    return Check(
        "texts",
        not wrong,
        f"{len(wrong)} document versions have a text that is not the one recorded",
        "Restore the library from a backup.",
    )


def _passages(engine: Engine) -> Check:
    wrong = engine.store.wrong_passages()
    return Check(
        "passages",
        not wrong,
        f"{len(wrong)} passages differ from their document's text",
        "Restore the library from a backup; such passages are not quoted.",
    )


def _sums(engine: Engine) -> Check:
    """Hold all that each version says and is cut into against its sum."""
    altered = engine.store.sums.altered()
    named = ", ".join(dict.fromkeys(one.document_id for one in altered[:5]))
    return Check(
        "sums",
        not altered,
        f"{len(altered)} document versions are not as they were written"
        + (f" ({named}{' and more' if len(altered) > 5 else ''})" if altered else ""),
        "Run: patella doctor --mend (they are read again from their originals). What that leaves:"
        " restore the library from a backup.",
        mendable=True,
    )


def _generations(engine: Engine) -> Check:
    """Hold what is served, and what was served last, against what was published."""
    store = engine.store
    current, newest = store.current(), store.generations()[-KEPT:]
    wanted = {one.id: one for one in (*newest, *([current] if current else []))}
    wrong = [n for n, one in sorted(wanted.items()) if store.versions.digest(n) != one.digest]
    return Check(
        "generations",
        not wrong,
        f"{len(wanted)} generations compared with what was published; {len(wrong)} differ",
        "Restore the library from a backup.",
    )


def _vectors(engine: Engine) -> Check:
    vectors = open_vectors(engine.settings, engine.encoder)
    try:
        word, spoilt = vectors.integrity(), len(vectors.spoilt())
    finally:
        vectors.close()
    missing = len(engine.builder().pending()) if word == "ok" else 0
    return Check(
        "vectors",
        word == "ok" and not missing and not spoilt,
        f"vector file: {word}; {missing} vectors missing, {spoilt} altered",
        "Run: patella doctor --mend (they are made again).",
        mendable=True,
    )


def _originals(engine: Engine) -> Check:
    wrong = engine.originals.check(engine.store.originals())
    return Check(
        "originals",
        not wrong,
        f"{len(wrong)} original files are missing or altered",
        "Run: patella doctor --mend (those still in their folders are kept again), or restore "
        "a backup. Quotes are not affected.",
        mendable=True,
    )


def _private(engine: Engine) -> Check:
    """Look at the files of accounts and of questions, where they are."""
    wrong = []
    for path in (engine.settings.accounts_file, engine.settings.asked_file):
        if path.is_file():
            database = SqliteFile(path)
            try:
                if database.integrity() != "ok":
                    wrong.append(path.name)
            except LibraryError:
                wrong.append(path.name)
            finally:
                database.close()
    return Check(
        "private",
        not wrong,
        f"{', '.join(wrong) or 'no file'} of accounts and questions is damaged",
        "Restore it from a backup made with --private, or move it away.",
    )


def _model(engine: Engine) -> Check:
    find_model(engine.settings.model)
    return Check("model", True, f"model {engine.encoder.identity}")


def _index(engine: Engine) -> Check:
    current = engine.store.current()
    if current is None:
        return Check("index", False, "no generation is published", "Run: patella add PATH")
    if current.model != engine.encoder.identity:
        return Check("index", False, f"made with the model {current.model}", "Run: patella index")
    folder = engine.settings.index_dir / gen.folder_name(current.id)
    local = engine.settings.index_backend == "local"
    altered = gen.check_sums(folder) if local else ()
    if altered:
        return Check(
            "index",
            False,
            f"{len(altered)} index files are altered, {altered[0]} first",
            "Run: patella doctor --mend",
            mendable=True,
        )
    found = find_index(current, settings=engine.settings, store=engine.store)
    held = set(found.passage_ids())
    stored = set(engine.store.generation_passages(current.id))
    return Check(
        "index",
        held == stored,
        f"generation {current.id}: {len(held)} passages in the index, {len(stored)} in the library",
        "Run: patella doctor --mend",
        mendable=True,
    )


def _others(engine: Engine) -> Check:
    """Look at the index folders of generations that may be rolled back to."""
    root, current = engine.settings.index_dir, engine.store.current()
    wrong = bad_folders(engine)
    known = [n for n in gen.published(root) if current is None or n != current.id]
    return Check(
        "other indexes",
        not wrong,
        f"{len(known)} folders of generations that are not served; {len(wrong)} damaged or unknown",
        "Run: patella doctor --mend (they are removed, and made again when they are wanted).",
        mendable=True,
    )


def bad_folders(engine: Engine) -> tuple[int, ...]:
    """Return the generations, not the served one, whose index folder is damaged or of no use."""
    root, current = engine.settings.index_dir, engine.store.current()
    known = {one.id: one for one in engine.store.generations()}
    wrong = []
    for number in gen.published(root):
        if current and number == current.id:
            continue
        folder = root / gen.folder_name(number)
        try:
            good = (
                number in known
                and gen.read_manifest(folder).is_of(known[number])
                and not gen.check_sums(folder)
            )
        except (Damaged, NewerLibrary):
            good = False
        if not good:
            wrong.append(number)
    return tuple(wrong)


def _remains(engine: Engine) -> Check:
    """Count what unfinished work left, which takes space and does no harm."""
    settings = engine.settings
    unfinished = [
        *settings.index_dir.glob(".new-*"),
        *settings.index_dir.glob(".old-*"),
        *settings.originals_dir.glob("??/.new-*"),
    ]
    orphans = len(set(engine.originals.kept()) - engine.store.originals())
    return Check(
        "remains",
        not unfinished,
        f"{len(unfinished)} unfinished files and folders; {orphans} original files that no"
        " version needs",
        "Run: patella doctor --mend",
        mendable=True,
    )


def _failures(engine: Engine) -> Check:
    failures = engine.store.files.failures()
    return Check(
        "failures",
        not failures,
        f"{len(failures)} files could not be read when last tried",
        "See: patella status",
    )


def free_megabytes(engine: Engine) -> int:
    """Return how much space the data directory's disk has left, in MB."""
    return shutil.disk_usage(engine.settings.data_dir).free // 1_000_000
