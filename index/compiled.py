"""A model as OpenVINO runs it: compiled for this machine's cores, held in no more memory than it needs."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

Tokens = npt.NDArray[np.float32]
Mask = npt.NDArray[np.int64]

INPUTS = ("input_ids", "attention_mask")
"""What a converted model is given."""
MOST_STREAMS = 4
"""Passes at once; each holds memory of its own, so more cores share in them."""

SHAPES_KEPT = "60"
"""What OpenVINO's CPU plugin keeps for shapes met before; by itself 5,000, which a long run sees as a leak.

Its word for this is not in its documentation. 2,400 passes of 289 shapes took 197 MB by 5,000 and 134 MB by
60; of 107 shapes, as questions and sentences have them, 112 MB and 81 MB, at the same CPU a pass.
"""

LET_GO_EVERY, GIVE_BACK_EVERY = 16, 256
"""Passes after which the weights' file is let go of, the words' vectors in it being mapped sixteen pages at
a time, of which most are never read; and after which freed memory is given back."""
LET_GO_FIRST = 4
"""The first passes read all of the file once more."""

_DONT_NEED = 4  # MADV_DONTNEED
_MAPS = Path("/proc/self/maps")


def openvino() -> Any:
    """Import OpenVINO without its telemetry package, which would report conversions to its maker."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return importlib.import_module("openvino")


def operations() -> Any:
    """Return what a model can be built of."""
    openvino()
    return importlib.import_module("openvino.opset13")


class Compiled:
    """A model that makes a pass on each of ``threads`` cores at once; who wants one more waits for one.

    ``kept`` is the folder of what the compiler made at an earlier time: it halves the start, and
    holds no weights. Raises RuntimeError where the model cannot be compiled.
    """

    def __init__(self, model: Path, *, threads: int, kept: Path | None = None) -> None:
        self.streams = min(threads, MOST_STREAMS)
        self._model = _compile(model, kept, threads, self.streams)
        # a request holds memory for what it was last asked, so there are no more than can run
        self._requests = [self._model.create_infer_request() for _ in range(self.streams)]
        self._free = threading.Semaphore(self.streams)
        self._weights = model.with_suffix(".bin")
        self._passes = 0
        let_go(self._weights)

    def run(self, ids: Mask, mask: Mask) -> Tokens:
        """Return the last layer, shape (texts, tokens, dimension)."""
        with self._free:
            request = self._requests.pop()
            try:
                result = request.infer(dict(zip(INPUTS, (ids, mask), strict=True)))
                return np.asarray(next(iter(result.values())), dtype=np.float32)
            finally:
                self._requests.append(request)
                self._passes += 1
                if self._passes == LET_GO_FIRST or self._passes % LET_GO_EVERY == 0:
                    let_go(self._weights)
                if self._passes % GIVE_BACK_EVERY == 0:
                    give_back()

    def shrink(self) -> None:
        """Give back what large passes needed; the next ones take what they need again."""
        with contextlib.suppress(RuntimeError, AttributeError):
            self._model.release_memory()
        give_back()


def _compile(model: Path, kept: Path | None, threads: int, streams: int) -> Any:
    core = openvino().Core()
    # a core for each pass, and as many passes as there are cores: a question does not wait for the
    # slower of two threads, and two questions do not wait for each other
    wanted = {"NUM_STREAMS": str(streams), "INFERENCE_NUM_THREADS": str(threads)}
    few = wanted | {"CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT}
    if kept:
        again = {"CACHE_DIR": str(kept), "CACHE_MODE": "OPTIMIZE_SIZE"}
        try:
            return core.compile_model(str(model), "CPU", few | again)
        except RuntimeError as error:
            logger.info("What was kept of the model's compiling is of no use: %s", error)
            shutil.rmtree(kept, ignore_errors=True)
    try:
        return core.compile_model(str(model), "CPU", few)
    except RuntimeError as error:
        logger.info("This OpenVINO keeps as many shapes as it likes: %s", error)
        return core.compile_model(str(model), "CPU", wanted)


def let_go(file: Path) -> None:
    """Have the pages of a file that was read through a mapping no longer count as this process's.

    The compiler packs the weights anew, and reads of the file only the words' vectors after that.
    What is read again is mapped again, from the system's cache.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        libc, wanted = ctypes.CDLL(None), str(file.resolve())
        for line in _MAPS.read_text("utf-8", "surrogateescape").splitlines():
            if not line.endswith(wanted):
                continue
            place, rights, *_, name = line.split(maxsplit=5)
            # nothing is written there, so nothing can be lost
            if name == wanted and "w" not in rights:
                first, last = (int(end, 16) for end in place.split("-"))
                libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _DONT_NEED)


def give_back() -> None:
    """Return to the system what was freed and is still held for later."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
