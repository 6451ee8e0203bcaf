"""Making damaged versions again from their originals: what is read must give the sum that was kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from corpus.errors import NotFound, ReadError
from corpus.sums import Altered
from ingest.reading import Job, Reading
from ingest.sidecar import NOTHING, SUFFIX, Beside, load_sidecar, sidecar_of
from patella.addresses import address_of
from patella.engine import Engine
from patella.writer import Writer


def reread(engine: Engine) -> int:
    """Write damaged versions again as their originals read now; return how many came out the same.

    Others are left as they are: read by an older Patella, beside values that have changed since, or
    of a lost original. To be called under the writer's lock.
    """
    altered = engine.store.sums.altered()
    if not altered:
        return 0
    with Writer(engine).reading() as (model, reading):
        return sum(_one(engine, version, model, reading) for version in altered)


def _one(engine: Engine, version: Altered, model: str, reading: Reading) -> bool:
    try:
        data = engine.originals.get(version.original_sha)
    except NotFound:
        return False
    url, charset = _of_the_web(engine, version)
    name = PurePosixPath(version.path).name
    for beside in _beside(engine, version):
        with contextlib.suppress(ReadError):
            job = Job(data, name, url, beside, model, charset)
            made = reading.submit(job).result()
            if engine.store.sums.rewrite(version.version_id, made.extract, made.passages):
                return True
    return False


def _beside(engine: Engine, version: Altered) -> Iterator[Beside]:
    """Give what may have stood beside the file when it was read."""
    values = engine.settings.values_dir / f"{version.document_id}{SUFFIX}"
    if values.is_file():
        yield load_sidecar(values)
    sources = {source.id: source for source in engine.store.files.list()}
    for location in engine.store.files.locations():
        source = sources[location.source_id]
        if location.document_id == version.document_id and source.kind in _WITH_FILES:
            found = sidecar_of(Path(address_of(source, location.path)))
            if found:
                yield load_sidecar(found)
    yield NOTHING


_WITH_FILES = frozenset({"file", "folder", "inbox", "shipped"})


def _of_the_web(engine: Engine, version: Altered) -> tuple[str, str]:
    """Return the address and the encoding of a page of the web; both empty for a file."""
    for page in engine.store.pages.list():
        if page.sha256 == version.original_sha:
            return page.address, page.charset
    return "", ""
