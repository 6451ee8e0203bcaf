"""How much of a model's answers passes the support check, and how much of that is unsupported.

Usage:
    python -m bench.generator write --url http://127.0.0.1:8471 --model NAME --out written.jsonl
    python -m bench.generator check written.jsonl
    python -m bench.generator judged

``write`` asks the tuning questions of the shipped library, and keeps what the model wrote with the
quotes that it was given. ``check`` runs the support check on that. ``judged`` counts the sentences of
``bench/data/generator_judged.jsonl``, read by a person against the quotes that they cite.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

from answer.chat import ChatServer
from answer.generate import Given, give, messages, verify
from answer.support import check
from corpus import shipped
from corpus.judged import read_questions
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

JUDGED = Path(__file__).parent / "data" / "generator_judged.jsonl"


def write(args: argparse.Namespace) -> None:
    """Ask the questions and keep what the model writes."""
    server = ChatServer(args.url, args.model, seconds=args.seconds)
    with tempfile.TemporaryDirectory() as folder, Path(args.out).open("w", encoding="utf-8") as out:
        engine = Engine(replace(load(), data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        done = 0
        for question in tuning_questions():
            quotes = [quote.text for quote in engine.ask(question).quotes]
            given = give(quotes)
            if not given:
                continue
            begun = time.perf_counter()
            text = "".join(server.chat(messages(question, given)))
            row = {"question": question, "given": [asdict(g) for g in given], "text": text}
            row["seconds"] = round(time.perf_counter() - begun, 2)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            done += 1
            if done >= args.questions:
                break
        engine.close()


def report(args: argparse.Namespace) -> None:
    """Count what passes the check."""
    kept, dropped, seconds, sample = 0, Counter[str](), 0.0, []
    rows = [json.loads(line) for line in Path(args.written).read_text("utf-8").splitlines()]
    for row in rows:
        given = [Given(**one) for one in row["given"]]
        found = verify(row["text"], given, model="")
        kept += len(found.sentences)
        dropped.update(one.reason for one in found.dropped)
        seconds += row["seconds"]
        texts = {one.number: one.text for one in given}
        by_key = {one.key: one.text for one in given}
        for one in found.sentences:
            sample.append((True, "", one.text, [texts[n] for n in one.numbers]))
        for lost in found.dropped:
            sample.append(
                (False, lost.reason, lost.text, [by_key[k] for k in lost.keys if k in by_key])
            )
    total = kept + sum(dropped.values())
    print(f"questions {len(rows)}, sentences {total}, kept {kept}, dropped {total - kept}")
    print(
        f"dropped for: {dict(dropped.most_common())}; {seconds / max(len(rows), 1):.1f} s an answer"
    )
    if args.sample:
        with Path(args.sample).open("w", encoding="utf-8") as out:
            for passed, reason, text, quotes in sample:
                line = {"passed": passed, "reason": reason, "sentence": text, "quotes": quotes}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def judged(_: argparse.Namespace) -> None:
    """Count the judged sentences by what the check says of them now."""
    counts = Counter[tuple[bool, bool]]()
    for line in JUDGED.read_text("utf-8").splitlines():
        row = json.loads(line)
        passed = bool(row["quotes"]) and check(row["sentence"], row["quotes"]).supported
        counts[(passed, row["supported"])] += 1
    total = sum(counts.values())
    print(f"judged {total}: passed and supported {counts[True, True]},")
    print(f"passed and NOT supported {counts[True, False]},")
    print(f"dropped though supported {counts[False, True]},")
    print(f"dropped and not supported {counts[False, False]}")


def tuning_questions() -> list[str]:
    """Return the answerable questions of the tuning half."""
    found = read_questions(shipped.JUDGED)
    return [q.asked for q in found if q.split == "tuning" and q.expected == "answered"]


def main() -> None:
    """Read the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("write")
    one.add_argument("--url", required=True)
    one.add_argument("--model", default="any")
    one.add_argument("--out", required=True)
    one.add_argument("--questions", type=int, default=10_000)
    one.add_argument("--seconds", type=float, default=60.0)
    one.set_defaults(run=write)
    two = commands.add_parser("check")
    two.add_argument("written")
    two.add_argument("--sample", help="Write every sentence with its verdict here.")
    two.set_defaults(run=report)
    commands.add_parser("judged").set_defaults(run=judged)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
