"""The fast form of a model: converted once to OpenVINO, checked against the reference, torch-free after.

sentence-transformers stays the reference and the way in for any model. Where a model cannot be
converted, or the converted one does not agree with it, the reference is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import tempfile
import threading
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from corpus.errors import ModelError
from corpus.machine import cores
from corpus.originals import write_durably
from index.compiled import INPUTS, MOST_STREAMS, Compiled, openvino
from index.eight_bit import VERSION, calibration, quantise
from index.embed import (
    Encoder,
    ModelFiles,
    Progress,
    SentenceTransformerEncoder,
    TokenParts,
    Vectors,
)
from index.gather import Gatherer
from index.sums import Sums

logger = logging.getLogger(__name__)

FORMAT = 1
AGREEMENT = 0.999
"""The least cosine to the reference, over ``PROBES``, at which the fast form is taken."""

PROBES = (
    "knee",
    "Why does sitting hurt my knee?",
    "Sitting presses the kneecap against the thigh bone, because a bent knee loads the joint.",
    "Taping eased pain at once in several small trials, and made no clear difference later [2].",
    "Call 999, 112 or 911 now if the knee is hot and swollen and you have a fever of 38.5 °C.",
    "patellofemoral " * 120,
    "",
)

REMEMBERED = 128
"""Questions whose vectors are kept, about 30 KB each with their tokens."""
REMEMBERED_LENGTH = 400
"""Characters; a longer text is no question that is asked again."""

SHRINK_AFTER = 4
"""After more batches than so many the memory that they needed is given back."""

BATCH_TOKENS = 1_024
"""Padding counted in: measured near best for batches sorted by length on a CPU."""
TOKENIZED_TOGETHER = 512
"""Texts; what the tokenizer tells of each is large until its numbers are taken out."""

Row = npt.NDArray[np.int32]
AGREEMENT_8 = 0.98
"""The same of the form in 8 bits; what that costs in quality is measured (``bench.precision``)."""
Precision = Literal["full", "int8"]
Pooling = Literal["mean", "cls"]
Mask = npt.NDArray[np.int64]
_Asked = tuple[Vectors, Vectors]
"""A text's vector, shape (1, dimension), and its tokens'."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What must be done to a model's token vectors, read from its own files."""

    pooling: Pooling
    limit: int
    dimension: int


def open_encoder(
    files: ModelFiles, *, cache: Path, threads: int = 0, precision: Precision = "full"
) -> Encoder:
    """Return the fast form of a model, converted at first use into ``cache``; else the reference.

    It computes in so many ``threads``; 0 for one on each core. Raises ModelError where the model cannot
    be loaded at all, or is to be in 8 bits and has no fast form.
    """
    plan = _plan(files.folder)
    if plan is None and precision == "int8":
        raise _no_eight_bits(files)
    if plan is None:
        logger.info("No fast form for %s: it is used as it is.", files.identity)
        return SentenceTransformerEncoder.load(files)
    return FastEncoder(
        files, plan=plan, cache=cache, threads=threads or cores(), precision=precision
    )


def _no_eight_bits(files: ModelFiles, why: object = "it is no BERT that pools") -> ModelError:
    # never the reference instead: its vectors are others, and would be kept under this one's name
    return ModelError(
        f"The model {files.identity} has no form in 8 bits ({why}).",
        hint='Set precision = "full", then: patella index',
    )


def _plan(folder: Path) -> _Plan | None:
    """Read a sentence-transformers folder; None where it does more than pool and normalise."""
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
        if kinds != ["Transformer", "Pooling", "Normalize"]:
            return None
        pooling = json.loads((folder / modules[1]["path"] / "config.json").read_text("utf-8"))
        limit = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))
        hidden = json.loads((folder / "config.json").read_text("utf-8"))
        if hidden["model_type"] != "bert" or not (folder / "tokenizer.json").is_file():
            return None
        modes = [name for name, on in pooling.items() if name.startswith("pooling_mode") and on]
        kind: dict[str, Pooling] = {
            "pooling_mode_mean_tokens": "mean",
            "pooling_mode_cls_token": "cls",
        }
        if len(modes) != 1 or modes[0] not in kind:
            return None
        return _Plan(kind[modes[0]], int(limit["max_seq_length"]), int(hidden["hidden_size"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class FastEncoder:
    """A BERT encoder in OpenVINO, in bfloat16 where the processor has it. Shared by threads.

    It converts itself at first use. Its vectors agree with the reference's, so they share an
    identity with it; those of its form in 8 bits (``precision``) do not, and have one of their own.
    """

    def __init__(
        self,
        files: ModelFiles,
        *,
        plan: _Plan,
        cache: Path,
        threads: int,
        precision: Precision = "full",
    ) -> None:
        self._threads, self._passes = threads, min(threads, MOST_STREAMS)
        self._eight_bits = precision == "int8"
        self.identity = files.identity + (f"/int8.{VERSION}" if self._eight_bits else "")
        self.dimension = plan.dimension
        self.limit = plan.limit
        self._files = files
        self._plan = plan
        self._folder = cache / _name(self.identity)
        self._kept_sums = Sums(cache)
        self._lock = threading.Lock()
        self._compiled: Compiled | None = None
        self._tokenizer: Any = None
        self._fallback: SentenceTransformerEncoder | None = None
        self._asked: OrderedDict[bytes, _Asked] = OrderedDict()
        self._gatherer = Gatherer(self._together, passes=self._passes)
        self._workers: ThreadPoolExecutor | None = None

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self._ready()
        if self._fallback:
            return self._fallback.encode(texts, progress=progress)
        if len(texts) == 1:
            pooled = self._one(texts[0])[0].copy()
            if progress:
                progress(1)
            return pooled
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for part, (tokens, mask) in self._each(texts):
            out[part] = self._pooled(tokens, mask)
            if progress:
                progress(len(part))
        return out

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        self._ready()
        if self._fallback:
            return self._fallback.encode_tokens(texts)
        if len(texts) == 1:
            return [self._one(texts[0])[1].copy()]
        out: list[Vectors] = [self._inner(np.empty((0, self.dimension), np.float32))] * len(texts)
        for part, (tokens, mask) in self._each(texts):
            for i, rows, length in zip(part, tokens, mask.sum(axis=1), strict=True):
                out[i] = self._inner(rows[1 : length - 1])
        return out

    def _pooled(self, tokens: Vectors, mask: Mask) -> Vectors:
        pooled = tokens[:, 0]
        if self._plan.pooling == "mean":
            weights = mask[:, None, :].astype(np.float32)
            pooled = (weights @ tokens)[:, 0] / weights.sum(axis=2)
        norms = np.linalg.norm(pooled, axis=1, keepdims=True)
        unit: Vectors = pooled / np.maximum(norms, 1e-12)
        return unit

    def _inner(self, rows: Vectors) -> Vectors:
        """Return the unit vectors of a text's own tokens; a zero row where it has none."""
        if not len(rows):
            return np.zeros((1, self.dimension), np.float32)
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit

    def _one(self, text: str) -> _Asked:
        """Return a text's vector and its tokens', from one pass.

        A question is read by the search, by the sentences' scores and by the red flags: once here.
        """
        # of its tokens, so that "Knee" and "knee" are one; and a hash, so that what was asked, or stood in
        # a document since withdrawn, is not held in words
        key = hashlib.sha256(self._rows([text])[0].tobytes()).digest()
        with self._lock:
            if key in self._asked:
                self._asked.move_to_end(key)
                return self._asked[key]
        if len(text) > REMEMBERED_LENGTH:
            return self._together([text])[0]
        found = self._gatherer.one(text)
        with self._lock:
            self._asked[key] = found
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
        return found

    def _together(self, texts: Sequence[str]) -> list[_Asked]:
        """Return of each text what ``_one`` does, all from one pass."""
        tokens, mask = self._run(texts)
        pooled = self._pooled(tokens, mask)
        ends = (mask.sum(axis=1) - 1).tolist()
        return [(pooled[i : i + 1], self._inner(tokens[i, 1:end])) for i, end in enumerate(ends)]

    def _each(self, texts: Sequence[str]) -> Iterator[tuple[list[int], tuple[Vectors, Mask]]]:
        """Run batches on all cores, one core each; yield them as they were cut, with their places."""
        rows = self._rows(texts)
        parts = list(_batches([len(row) for row in rows], self._filled))
        if len(parts) == 1:
            yield parts[0], self._pass([rows[i] for i in parts[0]])
            return
        try:
            yield from self._side_by_side(parts, rows)
        finally:
            # what is held for large passes is of use to the next one only while one follows another
            if len(parts) > SHRINK_AFTER and self._compiled:
                self._compiled.shrink()

    def _side_by_side(
        self, parts: Sequence[list[int]], rows: Sequence[Row]
    ) -> Iterator[tuple[list[int], tuple[Vectors, Mask]]]:
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(self._passes, thread_name_prefix="encoding")
            workers = self._workers
        # a few ahead of what is taken: the vectors of all tokens are large
        running: deque[tuple[list[int], Future[tuple[Vectors, Mask]]]] = deque()
        # the longest first, so that the cores end at about the same time
        for part in reversed(parts):
            running.append((part, workers.submit(self._pass, [rows[i] for i in part])))
            if len(running) > 2 * self._passes:
                done, future = running.popleft()
                yield done, future.result()
        for done, future in running:
            yield done, future.result()

    def token_parts(self, text: str) -> TokenParts | None:
        self._ready()
        if self._fallback:
            return self._fallback.token_parts(text)
        if self._plan.pooling != "mean":
            return None
        tokens, mask = self._run([text])
        return TokenParts(self._spans(text), tokens[0, : int(mask.sum())])

    def token_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        self._ready()
        if self._fallback:
            return self._fallback.token_spans(text)
        return self._spans(text)[1:-1]

    def _spans(self, text: str) -> tuple[tuple[int, int], ...]:
        return tuple((int(a), int(b)) for a, b in self._tokenizer.encode(text).offsets)

    def _run(self, texts: Sequence[str]) -> tuple[Vectors, Mask]:
        """Return the last layer, shape (texts, tokens, dimension), and the mask of real tokens."""
        return self._pass(self._rows(texts))

    def _rows(self, texts: Sequence[str]) -> list[Row]:
        """Return the numbers of each text's tokens."""
        if len(texts) == 1:
            # a single text is not worth the threads that a batch is spread over
            return [np.array(self._tokenizer.encode(texts[0]).ids, np.int32)]
        rows: list[Row] = []
        for i in range(0, len(texts), TOKENIZED_TOGETHER):
            found = self._tokenizer.encode_batch(texts[i : i + TOKENIZED_TOGETHER])
            rows += [np.array(text.ids, np.int32) for text in found]
        return rows

    def _filled(self, tokens: int) -> int:
        return min(self.limit, _rounded(tokens))

    def _pass(self, rows: Sequence[Row]) -> tuple[Vectors, Mask]:
        ids, mask = self._filled_up(rows)
        assert self._compiled is not None  # noqa: S101  (for the type checker: it is ready)
        return self._compiled.run(ids, mask), mask

    def _filled_up(self, rows: Sequence[Row]) -> tuple[Mask, Mask]:
        longest = self._filled(max(map(len, rows)))
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        return ids, mask

    def _ready(self) -> None:
        with self._lock:
            if self._compiled is not None or self._fallback is not None:
                return
            try:
                if not _is_whole(self._folder, self._kept_sums):
                    shrink = self._shrink if self._eight_bits else None
                    _convert(self._files, self._folder, self._agrees, shrink)
                self._open(self._folder, compiled=self._folder / COMPILED)
            except (_CannotConvert, OSError, RuntimeError, ImportError) as error:
                if self._eight_bits:
                    self._compiled = None
                    raise _no_eight_bits(self._files, error) from error
                logger.warning("No fast form of the model (%s); it is used as it is.", error)
                self._compiled = None
                self._fallback = SentenceTransformerEncoder.load(self._files)

    def warm(self) -> None:
        """Make everything ready that the first text would wait for. Raises ModelError."""
        self._ready()

    def _open(self, folder: Path, *, compiled: Path | None = None) -> None:
        """Load what lies in ``folder``; what the compiler makes of it is kept in ``compiled``."""
        from tokenizers import Tokenizer  # noqa: PLC0415  (heavy)

        tokenizer = Tokenizer.from_file(str(self._files.tokenizer))
        # the packaged file cuts at 128 tokens; the model reads more
        tokenizer.enable_truncation(self.limit)
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._compiled = Compiled(folder / "model.xml", threads=self._threads, kept=compiled)
        # OpenVINO looks up numpy's types at its first call, and two first calls at once wait for each
        # other for ever: one holds its lock and wants Python's, the other the other way round
        self._run([""])

    def _agrees(self, folder: Path, reference: SentenceTransformerEncoder) -> None:
        """Raise where a converted model's vectors are not those of the reference."""
        self._open(folder)
        mine = []
        for text in PROBES:
            tokens, mask = self._run([text])
            rows = tokens[0, : int(mask.sum())]
            pooled = rows.mean(axis=0) if self._plan.pooling == "mean" else rows[0]
            mine.append(pooled / np.linalg.norm(pooled))
        cosines = (np.stack(mine) * reference.encode(PROBES)).sum(axis=1)
        if cosines.min() < (AGREEMENT_8 if self._eight_bits else AGREEMENT):
            raise _CannotConvert(f"cosine {cosines.min():.4f} to the reference")

    def _shrink(self, folder: Path) -> None:
        """Put the model in ``folder`` into 8 bits."""
        self._open(folder)
        rows = self._rows(calibration())
        feeds = [dict(zip(INPUTS, self._filled_up([row]), strict=True)) for row in rows]
        whole, smaller = folder / "model.xml", folder / "smaller.xml"
        quantise(whole, smaller, feeds)
        self._compiled = None
        for suffix in (".bin", ".xml"):
            smaller.with_suffix(suffix).replace(whole.with_suffix(suffix))


def _rounded(tokens: int) -> int:
    """Return the length that texts are filled up to: the model's runtime keeps something for each.

    Of 300 passes over questions, each of another shape, 97 MB stayed; of 300 in few shapes, 12 MB.
    """
    step = 4 if tokens <= 32 else 8
    return -(-tokens // step) * step


def _batches(lengths: Sequence[int], filled: Callable[[int], int]) -> Iterator[list[int]]:
    """Cut the places of texts of these lengths, in tokens, into batches of about equal padded size."""
    part: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if part and (len(part) + 1) * filled(lengths[i]) > BATCH_TOKENS:
            yield part
            part = []
        part.append(i)
    if part:
        yield part


class _CannotConvert(Exception):
    """The model has no fast form that agrees with it."""


def _name(identity: str) -> str:
    key = hashlib.sha256(f"{identity}|openvino|{FORMAT}".encode()).hexdigest()[:16]
    return f"{key}-openvino"


_PARTS = ("model.xml", "model.bin")


COMPILED = "compiled"
"""Folder of what OpenVINO's compiler made of the model on this processor: it halves the start."""


def _sums(folder: Path, sums: Sums) -> dict[str, str]:
    return {name: sums.of(folder / name) for name in _PARTS}


def _is_whole(folder: Path, sums: Sums) -> bool:
    """Tell whether a converted model lies in ``folder``, as it was written."""
    try:
        raw = json.loads((folder / "converted.json").read_text("utf-8"))
        return bool(raw["sha256"] == _sums(folder, sums))
    except (OSError, ValueError, KeyError):
        return False


def _convert(
    files: ModelFiles, target: Path, check: Any, shrink: Callable[[Path], None] | None = None
) -> None:
    """Convert a model into ``target``, ``shrink`` it there, and see that ``check(folder, reference)`` passes.

    Raises _CannotConvert where it cannot be done, OSError where ``target`` cannot be written.
    """
    reference = SentenceTransformerEncoder.load(files)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        _save(reference, work)
        if shrink:
            shrink(work)
        check(work, reference)
        sums = {"sha256": _sums(work, Sums(None)), "from": files.identity}
        write_durably(work / "converted.json", json.dumps(sums).encode())
        shutil.rmtree(target, ignore_errors=True)
        work.rename(target)
    except ModelError as error:
        raise _CannotConvert(str(error)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _save(reference: SentenceTransformerEncoder, folder: Path) -> None:
    import torch  # noqa: PLC0415  (heavy, and only here)

    ov = openvino()

    class LastLayer(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            out = self.model(input_ids=input_ids, attention_mask=attention_mask)
            return out.last_hidden_state  # type: ignore[no-any-return]

    ones = torch.ones((2, 7), dtype=torch.int64)
    with quiet():
        converted = ov.convert_model(
            LastLayer(reference.transformer()),
            example_input={"input_ids": ones, "attention_mask": ones},
        )
        ov.save_model(converted, str(folder / "model.xml"), compress_to_fp16=False)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the libraries warn of while converting away from the person's terminal."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
