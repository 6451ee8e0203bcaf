"""What the tests of the sandbox share: counters that a reading process loads, some of which do harm."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from index.embed import find_model
from ingest.reading import InProcess
from ingest.sandbox import Counter, Limits, Sandbox
from tests.ingest_helpers import count_tokens

TOKENIZER = str(find_model("shipped").tokenizer)
REAL = Counter("index.tokens:TokenCounter", TOKENIZER)


def sandbox(limits: Limits, counter: Counter = REAL, **others) -> Sandbox:
    return Sandbox(limits, counter, limit=256, instead=InProcess(count_tokens, 256), **others)


def mischief(_: str):
    """A token counter that does what a text tells it: what a hostile file would make a parser do."""

    def count(texts: Sequence[str]) -> list[int]:
        words = " ".join(texts)
        if "SLEEP" in words:
            time.sleep(60)
        if "SWELL" in words:
            bytearray(5_000_000_000)
        if "CRASH" in words:
            os.abort()
        if "VANISH" in words:
            os._exit(3)
        if "FAULT" in words:
            raise KeyError("a fault of ours")
        if "PRINT" in words:
            print("a library that prints")
        if "MODULES" in words:
            heavy = {"torch", "openvino", "faiss", "tantivy", "sentence_transformers", "flask"}
            if heavy & sys.modules.keys():
                raise KeyError(str(heavy & sys.modules.keys()))
        return count_tokens(texts)

    return count


MISCHIEF = Counter("tests.sandbox_helpers:mischief", "")
