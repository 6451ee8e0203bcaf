"""Changing a library: add, remove and index under one lock, then publish a generation."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus.database import now, translated
from corpus.errors import NotFound, ReadError, UsageError
from corpus.files import WEB_KINDS, Source
from corpus.records import Generation
from index.ahead import Ahead
from index.build import Builder, Built
from index.embed import ModelFiles
from ingest import sidecar
from ingest.ignore import Choice, compiled
from ingest.intake import ChunkSettings
from ingest.opening import SECONDS as OPENING_SECONDS
from ingest.opening import Opener
from ingest.pipeline import Pipeline
from ingest.reading import Reading
from ingest.reports import FileReport, FileState
from ingest.sandbox import Sandbox
from ingest.sources import SHIPPED_ADDRESS, classify
from ingest.web.guard import parse
from patella import home, publishing, withdrawing
from patella.collecting import Collected, collect
from patella.engine import Engine
from patella.locks import hold, hold_library
from patella.reading import chunking_of, sandbox_of
from patella.run_report import Origin, RunReport, Watchers
from patella.web import WebDesk, is_web_address

NOBODY = Origin()


class Writer:
    """The one writer of a library; any number of readers go on meanwhile."""

    def __init__(
        self, engine: Engine, *, watchers: Watchers | None = None, origin: Origin = NOBODY
    ) -> None:
        self._engine = engine
        self._store = engine.store
        self._watch = watchers or Watchers()
        self._origin = origin
        self._notices: list[str] = []

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the library against other writers. Raises Locked after the setting's seconds."""
        busy = "Another process is changing this library"
        with hold_library(self._engine.settings, self._store, busy=busy):
            home.settle(self._engine.settings, self._store)
            withdrawing.settle(self._engine)
            yield

    def add(
        self,
        targets: Sequence[Path | str],
        *,
        shipped: bool = False,
        publish: bool = True,
        given: tuple[str, bytes] | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
    ) -> RunReport:
        """Add files, folders and web addresses (as text) as sources, read them, and publish.

        ``given`` is the name and the bytes of a document that has no file; ``include`` and
        ``exclude`` are which files of the folders are taken, from now on. Raises UsageError if a
        path is not there (nothing is then added), Locked, LibraryError. A web address that gives
        nothing is in the report as failed.
        """
        urls = [target for target in targets if isinstance(target, str) and is_web_address(target)]
        wanted = [classify(Path(target)) for target in targets if target not in urls]
        compiled(include)
        compiled(exclude)
        begun = time.perf_counter()
        fetched: list[Source | FileReport] = []
        if urls:
            with self._fetching() as desk:
                fetched = [desk.add(url) for url in dict.fromkeys(urls)]
        with self.locked():
            sources: dict[int, Source] = {x.id: x for x in fetched if isinstance(x, Source)}
            refused = tuple(x for x in fetched if isinstance(x, FileReport))
            if given:
                source = WebDesk(self._engine, self._opener()).add_given(given[1], name=given[0])
                sources[source.id] = source
            if shipped:
                source = self._store.files.add("shipped", SHIPPED_ADDRESS)
                sources[source.id] = source
            for kind, address in wanted:
                source = self._source_for(kind, address)
                if kind == "folder" and (include or exclude):
                    source = self._choose(source, address, include=include, exclude=exclude)
                sources[source.id] = source
            return self._run(
                list(sources.values()), begun, publish=publish, retry=True, before=refused
            )

    def _choose(
        self, source: Source, address: str, *, include: Sequence[str], exclude: Sequence[str]
    ) -> Source:
        """Set which files of a folder are taken. Raises UsageError for a part of a known folder."""
        if source.address != address:
            raise UsageError(
                f"{address} is a part of {source.address}, which is known already.",
                hint=f"Give the patterns there: patella add {source.address} --exclude PATTERN",
            )
        self._store.files.choose(source.id, include=include, exclude=exclude)
        return replace(source, include=tuple(include), exclude=tuple(exclude))

    @contextlib.contextmanager
    def _fetching(self) -> Iterator[WebDesk]:
        """Fetch under a lock of its own: a slow site keeps nobody from adding files meanwhile."""
        settings = self._engine.settings
        busy = "Another process is fetching pages for this library"
        with (
            hold(settings.web_lock_file, seconds=settings.lock_seconds, busy=busy),
            self._opener() as opener,
        ):
            yield WebDesk(self._engine, opener, told=self._watch.fetching)

    def _source_for(self, kind: str, address: str) -> Source:
        """Return the source that a path belongs to: its own, or a known folder round it."""
        path = Path(address)
        for source in self._store.files.list():
            root = Path(source.address)
            if source.kind in {"folder", "inbox"} and (root == path or root in path.parents):
                if kind == "file" and _leaves_out(source, path):
                    # named by itself, it is wanted whatever the folder's patterns say
                    continue
                relative = path.relative_to(root).as_posix()
                for source_id, excluded in self._store.files.excluded():
                    if source_id == source.id and (
                        relative in {".", excluded} or excluded.startswith(f"{relative}/")
                    ):
                        self._store.files.include(source_id, excluded)
                return source
        source = self._store.files.add("folder" if kind == "folder" else "file", address)
        for source_id, excluded in self._store.files.excluded():
            if source_id == source.id:
                self._store.files.include(source_id, excluded)
        return source

    def index(
        self,
        *,
        retry: bool = False,
        rehash: bool = False,
        web: bool = True,
        rest: float = 0.0,
    ) -> RunReport:
        """Look again at all sources and publish what changed; with nothing changed, do nothing.

        Without ``web``, nothing is fetched; files changed less than ``rest`` seconds ago wait
        for the next run.
        """
        begun = time.perf_counter()
        known = self._store.files.list()
        if web and any(source.kind in WEB_KINDS for source in known):
            with self._fetching() as desk:
                desk.look(known, fresh=rehash)
        with self.locked():
            self._inbox()
            sources = self._store.files.list()
            return self._run(sources, begun, publish=True, retry=retry, rehash=rehash, rest=rest)

    def _inbox(self) -> Source:
        inbox = self._engine.settings.inbox_dir
        with translated(inbox):
            inbox.mkdir(parents=True, exist_ok=True)
        return self._store.files.add("inbox", str(inbox))

    def take_in(self, place: Callable[[Path], Sequence[str]]) -> RunReport:
        """Have files put into the library's own folder while it is locked, read them, and publish.

        ``place`` is given the folder, and returns the paths in it that are wanted from now on.
        """
        begun = time.perf_counter()
        with self.locked():
            inbox = self._inbox()
            for path in place(Path(inbox.address)):
                self._store.files.include(inbox.id, path)
            return self._run([inbox], begun, publish=True)

    def look(self, source_ids: Collection[int], *, rehash: bool = True) -> RunReport:
        """Look again at some sources, and at what failed in them; with ``rehash`` read all anew.

        Without it nothing is fetched either: what an editor says of their documents is taken up.
        """
        begun = time.perf_counter()
        wanted = [source for source in self._store.files.list() if source.id in source_ids]
        if rehash and any(source.kind in WEB_KINDS for source in wanted):
            with self._fetching() as desk:
                desk.look(wanted, fresh=True)
        with self.locked():
            return self._run(wanted, begun, publish=True, retry=rehash, rehash=rehash)

    def hide(self, document_ids: Sequence[str]) -> RunReport:
        """Leave documents out of the next generations, though they stay stored. Raises NotFound."""
        with self.locked():
            begun = time.perf_counter()
            self._must_know(document_ids)
            hidden = self._store.hidden.hide(document_ids, by=self._origin.by)
            return self._told(hidden, "hidden", begun)

    def show(self, document_ids: Sequence[str]) -> RunReport:
        """Take ``hide`` back. Raises NotFound."""
        with self.locked():
            begun = time.perf_counter()
            self._must_know(document_ids)
            return self._told(self._store.hidden.show(document_ids), "shown", begun)

    def _must_know(self, document_ids: Sequence[str]) -> None:
        known = self._store.hidden.known(document_ids)
        unknown = next((one for one in document_ids if one not in known), None)
        if unknown is not None:
            raise NotFound(f"The library has no document {unknown!r}.", hint="See: patella list")

    def _told(self, document_ids: Sequence[str], state: FileState, begun: float) -> RunReport:
        files = tuple(FileReport(one, state, document=one) for one in document_ids)
        for report in files:
            if self._watch.file:
                self._watch.file(report)
        return self._finish(files, begun, publish=True)

    def withdraw(self, document_ids: Sequence[str], *, reason: str) -> withdrawing.Done:
        """Take documents out of every generation for good; no rollback brings them back.

        Raises NotFound, Conflict, with nothing withdrawn.
        """
        with self.locked():
            return withdrawing.withdraw(
                self._engine, document_ids, reason=reason, origin=self._origin
            )

    def take_back(self, document_id: str) -> None:
        """Let a withdrawn document be added again. Raises NotFound."""
        with self.locked():
            withdrawing.take_back(self._engine, document_id, origin=self._origin)

    def remove(self, targets: Sequence[str], *, publish: bool = True) -> RunReport:
        """Take documents, files or whole sources out of the library; the files themselves stay.

        Raises NotFound, with nothing removed, if one of ``targets`` is unknown.
        """
        with self.locked():
            begun = time.perf_counter()
            with self._store.transaction():
                files = [report for target in targets for report in self._remove(target)]
                self._store.drop_unlocated()
            for report in files:
                if self._watch.file:
                    self._watch.file(report)
            return self._finish(tuple(files), begun, publish=publish)

    def _remove(self, target: str) -> list[FileReport]:
        address = _address_of(target)
        sources = {source.id: source for source in self._store.files.list()}
        whole = [s for s in sources.values() if s.address in {target, address}]
        locations = self._store.files.locations()
        if whole:
            gone = [x for x in locations if x.source_id == whole[0].id]
            self._store.files.remove(whole[0].id)
        else:
            gone = [
                x
                for x in locations
                if target == x.document_id
                or (address == x.path and sources[x.source_id].kind in WEB_KINDS)
                or str(Path(sources[x.source_id].address, x.path)) == address
            ]
            if not gone:
                raise NotFound(
                    f"The library has no document or source {target!r}.",
                    hint="See: patella list",
                )
            for location in gone:
                if sources[location.source_id].kind in {"file", "page", "stdin"}:
                    self._store.files.remove(location.source_id)
                else:
                    self._store.files.exclude(location.source_id, location.path)
        return [
            FileReport(x.path, "removed", sources[x.source_id].address, x.document_id) for x in gone
        ]

    def _run(
        self,
        sources: Sequence[Source],
        begun: float,
        *,
        publish: bool,
        retry: bool = False,
        rehash: bool = False,
        before: tuple[FileReport, ...] = (),
        rest: float = 0.0,
    ) -> RunReport:
        files, chunking = self._chunking()
        with (
            self._reading(files, chunking) as reading,
            self._opener() as opener,
            self._ahead(publish) as ahead,
        ):
            pipeline = Pipeline(
                store=self._store,
                originals=self._engine.originals,
                chunking=chunking,
                reading=reading,
                opener=opener,
                values=self._values,
            )
            if self._watch.files:
                self._watch.files(pipeline.count(sources))
            reports = pipeline.update(
                sources, retry=retry, rehash=rehash, watch=self._watch.file, rest=rest
            )
            for words in reading.notices:
                # it may have been found out, and told, in a run before
                self._notice(words)
        made = ahead.made if ahead else 0
        return self._finish(before + reports, begun, publish=publish, made=made)

    @contextlib.contextmanager
    def _ahead(self, publish: bool) -> Iterator[Ahead | None]:
        """Embed while files are read, where what is read is to be published."""
        if not publish:
            yield None
            return
        builder = self._engine.builder()
        try:
            with builder.ahead() as ahead:
                yield ahead
        finally:
            builder.close()

    def _chunking(self) -> tuple[ModelFiles, ChunkSettings]:
        return chunking_of(self._engine.settings, self._engine.encoder.limit)

    def ready(self) -> None:
        """Have a process for reading started, if they are kept: a run is about to begin."""
        if readers := self._engine.readers:
            files, chunking = self._chunking()
            readers.ready(files.tokenizer, lambda: self._sandbox(files.tokenizer, chunking))

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[str, Reading]]:
        """Lend what reads files, with the name of the model that they are cut for."""
        files, chunking = self._chunking()
        with self._reading(files, chunking) as reading:
            yield files.identity, reading

    def _reading(
        self, files: ModelFiles, chunking: ChunkSettings
    ) -> contextlib.AbstractContextManager[Reading]:
        if readers := self._engine.readers:
            return readers.lent(files.tokenizer, lambda: self._sandbox(files.tokenizer, chunking))
        return self._sandbox(files.tokenizer, chunking)

    def _values(self, document_id: str) -> Path | None:
        path = self._engine.settings.values_dir / f"{document_id}{sidecar.SUFFIX}"
        return path if path.is_file() else None

    def _sandbox(self, tokenizer: Path, chunking: ChunkSettings) -> Sandbox:
        return sandbox_of(self._engine.settings, tokenizer, chunking, told=self._notice)

    def _opener(self) -> Opener:
        settings = self._engine.settings
        return Opener(
            seconds=min(settings.read_seconds, OPENING_SECONDS),
            megabytes=settings.read_megabytes,
            told=self._notice,
        )

    def _notice(self, words: str) -> None:
        """Tell once a run what a person should know of it as a whole, and keep it for the report."""
        if words not in self._notices:
            self._notices.append(words)
            if self._watch.told:
                self._watch.told(words)

    def _finish(
        self, files: tuple[FileReport, ...], begun: float, *, publish: bool, made: int = 0
    ) -> RunReport:
        wanted = publish and self._must_publish()
        held = publishing.held(self._engine) if wanted else ""
        built = self._publish() if wanted and not held else None
        current = self._store.current()
        report = RunReport(
            files=files,
            generation=current.id if current else None,
            published=built is not None,
            embedded=made + (built.embedded if built else 0),
            seconds=time.perf_counter() - begun,
            held=held,
            notices=tuple(self._notices),
        )
        self._notices.clear()
        if built or any(f.state != "unchanged" for f in files):
            self._store.put_run(now(), json.dumps(report.as_json(), ensure_ascii=False))
        return report

    def _must_publish(self) -> bool:
        current = self._store.current()
        if current is None:
            return bool(self._store.working_ids())
        if current.model != self._engine.encoder.identity:
            return True
        return not self._store.working_is(current.id)

    def _publish(self) -> Built:
        built = self._builder().publish(
            self._watch.embedded,
            note=lambda new: publishing.note(self._store, "publish", new.id, self._origin),
        )
        if self._engine.settings.keep_generations:
            collect(self._engine, keep=self._engine.settings.keep_generations)
        return built

    def _builder(self) -> Builder:
        """Return what embeds and publishes, having said how much there is to embed."""
        builder = self._engine.builder()
        if self._watch.embedding:
            self._watch.embedding(builder.unembedded())
        return builder

    def publish(self, *, fingerprint: str = "") -> Generation:
        """Publish what is stored, whatever holds it back: what ``publish=False`` or a review left.

        Raises Outdated if ``fingerprint`` is given, and names something else.
        """
        with self.locked():
            publishing.expect(self._store, fingerprint)
            if self._must_publish():
                self._publish()
            self._store.history.release()
        return self._store.current() or self._engine.generation()

    def collect(self, keep: int) -> Collected:
        """Keep the ``keep`` newest generations, and remove what only others needed. Raises UsageError."""
        with self.locked():
            return collect(self._engine, keep=keep)

    def embed(self) -> None:
        """Embed what is stored, so that publishing it later is quick."""
        with self.locked():
            self._builder().embed(self._watch.embedded)

    def roll_back(self, number: int) -> Generation:
        """Serve another generation; nothing is published by itself until somebody publishes.

        Raises NotFound, UsageError where it was made with another model.
        """
        with self.locked():
            publishing.roll_back(self._engine, number, self._origin)
        return self._store.current() or self._engine.generation()


def _leaves_out(source: Source, path: Path) -> bool:
    root = Path(source.address)
    choice = Choice(root, include=source.include, exclude=source.exclude)
    return choice.leaves_out(path.relative_to(root).as_posix())


def _address_of(target: str) -> str:
    """Return a target as sources have it: a web address put together again, or an absolute path."""
    if is_web_address(target):
        with contextlib.suppress(ReadError):
            return str(parse(target))
    return str(Path(target).expanduser().resolve())
