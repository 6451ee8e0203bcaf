"""Texts to measure with: sets in BEIR form where a path to one is given, else made from our own articles."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import shipped
from corpus.records import Metadata, PassageDraft
from index.embed import SHIPPED_LIMIT, find_model
from index.tokens import TokenCounter
from ingest.blocks import TextBuilder
from ingest.chunk import chunk
from ingest.sentences import split


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of files, the passages that they are cut into, and what the encoder reads of each."""

    files: Path
    passages: Path
    """In BEIR's form, one a line, for libraries that take no files."""
    inputs: tuple[str, ...]
    made_up: bool
    """Whether the texts were put together from our own articles' sentences."""

    def documents(self) -> list[Path]:
        """Return the files, in their order."""
        return sorted(self.files.glob("*.md"))


def prepare(work: Path, passages: int, sets: Sequence[Path]) -> Corpus:
    """Write as many documents as are cut into ``passages``; what an earlier run wrote is used."""
    folder = work / f"{'made-up' if not sets else 'real'}-{passages}"
    done = folder / "done.json"
    if not done.is_file():
        (folder / "files").mkdir(parents=True, exist_ok=True)
        inputs = _write(folder, passages, sets)
        done.write_text(json.dumps(inputs), "utf-8")
    inputs = tuple(json.loads(done.read_text("utf-8")))
    return Corpus(folder / "files", folder / "passages.jsonl", inputs, made_up=not sets)


def _write(folder: Path, wanted: int, sets: Sequence[Path]) -> list[str]:
    count = TokenCounter(find_model("shipped").tokenizer)
    inputs: list[str] = []
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as out:
        for number, (title, body) in enumerate(_texts(sets)):
            name = f"d{number:06d}"
            (folder / "files" / f"{name}.md").write_text(f"# {title}\n\n{body}\n", "utf-8")
            for place, draft in enumerate(_cut(title, body, count)):
                row = {"_id": f"{name}-{place}", "title": title, "text": draft.text}
                out.write(json.dumps(row) + "\n")
                inputs.append(f"{draft.prefix}\n{draft.text}" if draft.prefix else draft.text)
                if len(inputs) == wanted:
                    return inputs
    raise SystemExit(f"These sets hold {len(inputs)} passages, and {wanted} are wanted: name more.")


def _cut(title: str, body: str, count: TokenCounter) -> Sequence[PassageDraft]:
    builder = TextBuilder()
    for paragraph in body.split("\n\n"):
        builder.add("paragraph", paragraph)
    extract = builder.extract(Metadata(title=title), "text")
    return chunk(extract, title=title, count_tokens=count, limit=SHIPPED_LIMIT)


def _texts(sets: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Yield titles and bodies, each once."""
    if not sets:
        yield from made_up()
        return
    seen: set[str] = set()
    for folder in sets:
        with (folder / "corpus.jsonl").open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                body = " ".join(row["text"].split())
                if body and body not in seen:
                    seen.add(body)
                    yield " ".join(row.get("title", "").split()) or "Untitled", body


def sentences() -> list[str]:
    """Return the sentences of the shipped articles, each once, in a fixed order."""
    found: dict[str, None] = {}
    for path in sorted((shipped.ROOT / "articles").rglob("*.md")):
        text = path.read_text("utf-8").split("\n---\n", 1)[-1]
        for block in text.split("\n\n"):
            if not block.lstrip().startswith(("#", "|", "[", "-", "*", "1.")):
                plain = " ".join(block.split())
                found.update((plain[a:b], None) for a, b in split(plain) if b - a > 30)
    return list(found)


def made_up() -> Iterator[tuple[str, str]]:
    """Yield documents without end: sentences of our own articles in random order, seeded."""
    known, chance = sentences(), random.Random(8)
    for number in itertools.count(1):
        paragraphs = [" ".join(chance.choices(known, k=chance.randint(3, 6))) for _ in range(4)]
        yield (
            f"Notes {number}: {' '.join(known[number % len(known)].split()[:6])}",
            "\n\n".join(paragraphs),
        )
