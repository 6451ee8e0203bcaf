"""Measure the disagreement check on judged pairs of answers.

Usage: python -m bench.disagreements [PAIRS.jsonl ...]

A pair is {"question", "a", "b", "differ"}, where differ is "advice", "number", or empty where the two
agree or speak of different things. bench/data/disagreements_tuning.jsonl was looked at while the rules
were made; disagreements_test.jsonl was written by somebody who had not seen the rules, and not looked at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from answer.conflict import differ, likeness
from answer.token_cache import TokenCache
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Print precision and recall for each file, and the pairs told wrongly of the tuning file."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = sorted(DATA.glob("disagreements_*.jsonl"))
    parser.add_argument("pairs", type=Path, nargs="*", default=default)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(replace(load(), data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        cache, idf = TokenCache(engine.encoder), engine.idf()
        for path in args.pairs:
            hit = false = missed = 0
            for line in path.read_text("utf-8").splitlines():
                row = json.loads(line)
                one, two = cache.get([row["a"], row["b"]])
                kind = differ(
                    row["question"], row["a"], row["b"], alike=likeness(one, two), idf=idf
                )
                hit += bool(kind and row["differ"])
                false += bool(kind and not row["differ"])
                missed += bool(not kind and row["differ"])
                if bool(kind) != bool(row["differ"]) and "tuning" in path.name:
                    print(f"  {kind or 'none':7} {row['question']} | {row['a']} | {row['b']}")
            precision, recall = hit / max(hit + false, 1), hit / max(hit + missed, 1)
            print(f"{path.name}: precision {precision:.3f} recall {recall:.3f} of {hit + missed}")
        engine.close()


if __name__ == "__main__":
    main()
