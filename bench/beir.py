"""Write our judged questions in BEIR form: corpus.jsonl, queries.jsonl, and qrels of each split.

Usage: python -m bench.beir OUT

The corpus is the shipped library's passages, named document:ordinal; a passage's grade is the highest
of the judged sentences that it holds. Questions that the library cannot answer have no qrels.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from corpus import shipped
from corpus.judged import read_judgements, read_questions
from patella.engine import Engine
from patella.judge import passage_qrels
from patella.settings import load
from patella.writer import Writer


def export(engine: Engine, out: Path) -> dict[str, int]:
    """Write the files; return how many passages, questions and judgements there are."""
    (out / "qrels").mkdir(parents=True, exist_ok=True)
    passages = 0
    with (out / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for document in engine.documents():
            for passage in engine.store.document_passages(document.version_id):
                row = {
                    "_id": f"{document.id}:{passage.ordinal}",
                    "title": " > ".join([document.title, *passage.heading]),
                    "text": passage.text,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                passages += 1
    questions = read_questions(shipped.JUDGED)
    with (out / "queries.jsonl").open("w", encoding="utf-8") as file:
        for question in questions:
            row = {"_id": question.id, "text": question.asked}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    qrels = passage_qrels(engine, read_judgements(shipped.JUDGED))
    judged = 0
    for split in ("tuning", "test", "plain"):
        with (out / "qrels" / f"{split}.tsv").open("w", encoding="utf-8") as file:
            file.write("query-id\tcorpus-id\tscore\n")
            for question in questions:
                if question.split != split:
                    continue
                for name, grade in sorted(qrels.get(question.id, {}).items()):
                    file.write(f"{question.id}\t{name}\t{grade}\n")
                    judged += 1
    return {"passages": passages, "questions": len(questions), "judgements": judged}


def main() -> None:
    """Index the shipped library in a folder of its own, and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(replace(load(), data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        print(json.dumps(export(engine, out)))
        engine.close()


if __name__ == "__main__":
    main()
