"""Pool the results of several different searches, for people to judge.

Usage: python -m bench.pool QUESTIONS.jsonl OUT.jsonl [--data-dir DIR]

For each question the eight best passages of BM25 alone, of the vectors alone, and of the fused search
are put together, in an order that tells nothing of who found them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from corpus.records import sha256_text
from index.lexical import content_stems
from index.search import Words
from patella.engine import Engine
from patella.settings import load

DEPTH = 8


def pool(engine: Engine, question: str) -> list[dict[str, object]]:
    """Return the pooled passages of a question, each with its numbered sentences."""
    searcher = engine.searcher()
    vector = engine.encoder.encode([question])[0]
    words = Words(dict.fromkeys(content_stems(question), 1.0))
    ids: set[int] = set()
    for weight in (0.0, 1.0, 0.6):
        found = searcher.search(vector, words, weight=weight)
        ids.update(s.passage_id for s in found[:DEPTH])
    passages = engine.store.passages(sorted(ids), generation=engine.generation().id)
    rows = []
    for passage, document in passages.values():
        sentences = [
            passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences
        ]
        rows.append(
            {
                "document": document.id,
                "heading": list(passage.heading),
                "start": passage.start,
                "end": passage.end,
                "sentences": sentences,
            }
        )
    return sorted(rows, key=lambda row: sha256_text(f"{question}{row}"))


def main() -> None:
    """Read the questions, write the pools."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data-dir", type=Path)
    args = parser.parse_args()
    engine = Engine(load(args.data_dir))
    with args.questions.open(encoding="utf-8") as file, args.out.open("w", encoding="utf-8") as out:
        for line in file:
            row = json.loads(line)
            text = f"{row['context']} {row['text']}" if row.get("context") else row["text"]
            row["passages"] = pool(engine, text)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    engine.close()


if __name__ == "__main__":
    main()
