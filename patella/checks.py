"""``patella doctor``: the library file, the vectors, the originals and the index held against each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from corpus.errors import PatellaError
from corpus.vectors import VectorStore
from index import generation as gen
from index.embed import find_model
from index.search import Searcher
from patella.engine import Engine


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``advice`` says what to do where it is not ``ok``."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    mendable: bool = False


def examine(engine: Engine) -> tuple[Check, ...]:
    """Run all checks; none changes anything."""
    checks = (_library, _texts, _passages, _vectors, _originals, _model, _index, _failures)
    return tuple(_guarded(check, engine) for check in checks)


def mend(engine: Engine) -> tuple[Check, ...]:
    """Make the index again from the stored vectors where that helps, then check again."""
    if any(check.mendable and not check.ok for check in examine(engine)):
        builder = engine.builder()
        builder.embed()
        builder.rebuild()
        builder.collect()
    return examine(engine)


def _guarded(check: Callable[[Engine], Check], engine: Engine) -> Check:
    try:
        return check(engine)
    except PatellaError as error:
        name = check.__name__.strip("_")
        return Check(name, False, str(error), error.hint, mendable=name == "index")


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


def _vectors(engine: Engine) -> Check:
    settings = engine.settings
    vectors = VectorStore(
        settings.vectors_file, model=engine.encoder.identity, dimension=engine.encoder.dimension
    )
    word = vectors.integrity()
    missing = len(engine.builder().pending())
    vectors.close()
    return Check(
        "vectors",
        word == "ok" and not missing,
        f"vector file: {word}; {missing} vectors missing",
        "Run: patella index"
        if word == "ok"
        else f"Delete {settings.vectors_file} and run: "
        "patella doctor --mend (the vectors are made again).",
        mendable=word == "ok",
    )


def _originals(engine: Engine) -> Check:
    wrong = engine.originals.check(engine.store.originals())
    return Check(
        "originals",
        not wrong,
        f"{len(wrong)} original files are missing or altered",
        "Run: patella index --rehash (files still in their folders are kept again), or restore "
        "a backup. Quotes are not affected.",
    )


def _model(engine: Engine) -> Check:
    files = find_model(engine.settings.model)
    return Check("model", True, f"model {files.identity}")


def _index(engine: Engine) -> Check:
    current = engine.store.current()
    if current is None:
        return Check("index", False, "no generation is published", "Run: patella add PATH")
    if current.model != engine.encoder.identity:
        return Check("index", False, f"made with the model {current.model}", "Run: patella index")
    folder = engine.settings.index_dir / gen.folder_name(current.id)
    altered = gen.check_sums(folder)
    if altered:
        return Check(
            "index",
            False,
            f"{len(altered)} index files are altered, {altered[0]} first",
            "Run: patella doctor --mend",
            mendable=True,
        )
    held = set(Searcher(folder, generation=current).passage_ids())
    stored = set(engine.store.generation_passages(current.id))
    return Check(
        "index",
        held == stored,
        f"generation {current.id}: {len(held)} passages in the index, {len(stored)} in the library",
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
