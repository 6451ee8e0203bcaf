"""Train the state model (answer/state_model.json) on tuning data; the test half is never read.

Usage: python -m bench.states [--others QUERIES.jsonl ...] [--write]

A question is asked through the engine, and its row is labelled by what was quoted: 1 where a quote is
right, 0 where none is, for whatever reason. Three kinds of libraries are asked: one that lists half of
the shipped questions (the other half is asked of it), one that lists none, and small ones cut out of
that, so that the model also holds where an editor has added a handful of articles. Questions: the
tuning half of our own judged ones, plain ones with the documents that answer them
(bench/data/plain_tuning.jsonl, plain_more.jsonl), near misses and other subjects
(bench/data/near_misses.jsonl, plain_near_misses.jsonl), and held-out listed ones; --others adds
questions of other subjects. Prints cross-validated figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from answer.state import ALWAYS, MODELS, NAMES
from corpus import shipped
from corpus.judged import read_judgements, read_questions
from corpus.records import Quote
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

DATA = Path(__file__).parent / "data"
MODEL = Path(__file__).resolve().parent.parent / "answer" / "state_model.json"
HELD_OUT = 700
SMALL_LIBRARIES = 16
SMALL_SIZE = 6
OTHERS = 140
"""Questions taken of each file of other subjects."""
YES = 0.5
"""The chance from which a question is answered: what it costs in near misses, docs/quality.md tells."""
FAR = {"other-subject", "nonsense"}


@dataclass(frozen=True, slots=True)
class Right:
    """What answers a question: words of a document, or any of it where there are none."""

    document: str
    words: str = ""

    def is_in(self, quote: Quote) -> bool:
        text = " ".join(quote.text.split())
        return quote.document.id == self.document and " ".join(self.words.split()) in text


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its kind, what answers it, and how much it counts in the fit."""

    text: str
    kind: str
    right: tuple[Right, ...] = ()
    weight: float = 1.0


def jsonl(path: Path) -> list[dict[str, object]]:
    """Read a file of one JSON object a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def judged() -> Iterator[Asked]:
    """Give the tuning half of our judged questions; those that sentences only help with are left out."""
    right: dict[str, list[Right]] = {}
    helped = set()
    for j in read_judgements(shipped.JUDGED):
        if j.grade == 2:
            right.setdefault(j.question, []).append(Right(j.document, j.sentence))
        else:
            helped.add(j.question)
    for q in read_questions(shipped.JUDGED):
        if q.split == "tuning" and (q.id in right or q.id not in helped):
            kind = "judged" if q.expected == "answered" else q.expected
            yield Asked(q.asked, kind, tuple(right.get(q.id, ())), 3.0)


def written(others: Sequence[Path]) -> Iterator[Asked]:
    """Give the plain questions, the near misses, and those of other subjects."""
    for name in ("plain_tuning.jsonl", "plain_more.jsonl"):
        for row in jsonl(DATA / name):
            right = tuple(map(Right, row["documents"]))  # type: ignore[call-overload]
            yield Asked(str(row["text"]), "plain", right, 3.0)
    for row in jsonl(DATA / "near_misses.jsonl"):
        yield Asked(str(row["text"]), "near-miss" if row["near"] else "other-subject")
    for row in jsonl(DATA / "plain_near_misses.jsonl"):
        yield Asked(str(row["text"]), "plain-near", weight=3.0)
    rng = np.random.default_rng(3)
    for path in others:
        rows = jsonl(path)
        for i in rng.permutation(len(rows))[:OTHERS]:
            yield Asked(str(rows[i]["text"]), "other-subject")


def halve(folder: Path, *, listed: bool) -> list[Asked]:
    """Copy the shipped articles into ``folder``, with half of their listed questions or none.

    Returns the other half, in a seeded order.
    """
    held: list[Asked] = []
    folder.mkdir()
    for path in sorted((shipped.ROOT / "articles").glob("*.md")):
        shutil.copy(path, folder)
        sidecar = path.with_name(f"{path.stem}.meta.yaml")
        entries = (
            yaml.safe_load(sidecar.read_text("utf-8"))["questions"] if sidecar.exists() else []
        )
        for answer in (answer for entry in entries for answer in entry["answers"]):
            out = [q for q in answer["questions"] if sha256(q.encode()).digest()[0] % 2]
            right = (Right(path.stem, answer["sentence"]),)
            held += [Asked(q, "listed", right) for q in answer["questions"] if q in out]
            answer["questions"] = [q for q in answer["questions"] if q not in out]
        if listed:
            text = yaml.safe_dump({"questions": entries}, allow_unicode=True)
            (folder / sidecar.name).write_text(text, "utf-8")
    order = np.random.default_rng(5).permutation(len(held))
    return [held[i] for i in order]


@dataclass(slots=True)
class Rows:
    """Rows to fit on."""

    features: list[tuple[float, ...]]
    right: list[int]
    kinds: list[str]
    weights: list[float]

    def ask(self, engine: Engine, questions: Sequence[Asked]) -> None:
        """Ask questions, and add a row for each."""
        for asked in questions:
            found = engine.outcome(asked.text, always_quote=True)
            ok = any(one.is_in(quote) for one in asked.right for quote in found.quotes)
            self.features.append(astuple(found.features))
            self.right.append(int(ok))
            self.kinds.append(asked.kind)
            self.weights.append(asked.weight)


def collect(others: Sequence[Path]) -> tuple[Rows, Rows]:
    """Return the rows of the library that lists questions, and of those that list none."""
    own = list(judged())
    more = list(written(others))
    listed, bare = Rows([], [], [], []), Rows([], [], [], [])
    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        held = halve(root / "half", listed=True)[:HELD_OUT]
        halve(root / "none", listed=False)
        encoder = None
        for folder, rows in (("half", listed), ("none", bare)):
            engine = Engine(
                replace(load(), data_dir=root / f"{folder}-data"),
                encoder=encoder,
                state_model=ALWAYS,
            )
            encoder = engine.encoder
            Writer(engine).add([root / folder])
            rows.ask(engine, [*own, *more, *held])
            engine.close()
        paths = sorted((root / "none").glob("*.md"))
        for number in range(SMALL_LIBRARIES):
            size = 1 if number % 4 == 0 else SMALL_SIZE
            picked = [paths[i] for i in rng.choice(len(paths), size, replace=False)]
            small = Engine(
                replace(load(), data_dir=root / f"small-{number}"),
                encoder=encoder,
                state_model=ALWAYS,
            )
            Writer(small).add(picked)
            stems = {path.stem for path in picked}
            near = [q for q in own if any(one.document in stems for one in q.right)]
            rest = [q for q in own if q not in near]
            bare.ask(small, near + [rest[i] for i in rng.choice(len(rest), 12, replace=False)])
            small.close()
    return listed, bare


def fit(rows: Rows, y: np.ndarray, name: str, threshold: float) -> dict[str, object]:
    """Fit a logistic regression on standardised features; print its figures; return it as values.

    Listed questions that were not answered are left out: away from its article many a one is too vague
    to answer, which says nothing of the others.
    """
    x, kinds, weights = np.array(rows.features), np.array(rows.kinds), np.array(rows.weights)
    kept = (kinds != "listed") | (y == 1)
    x, kinds, weights, y = x[kept], kinds[kept], weights[kept], y[kept]
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=5000, class_weight="balanced")
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    params = {"logisticregression__sample_weight": weights}
    chances = cross_val_predict(model, x, y, cv=folds, method="predict_proba", params=params)[:, 1]
    print(f"{name}: {len(y)} rows, area under the curve {roc_auc_score(y, chances):.3f}")
    for kind in sorted(set(kinds)):
        for label in (1, 0):
            mask = (kinds == kind) & (y == label)
            if mask.any():
                share = (chances[mask] >= threshold).mean()
                print(f"  {kind:14} {label}  {mask.sum():5}  said yes {share:.3f}")
    model.fit(x, y, logisticregression__sample_weight=weights)
    scaler, logistic = model[0], model[1]
    raw = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - (raw * scaler.mean_).sum())
    for feature, weight in zip(NAMES, logistic.coef_[0], strict=True):
        print(f"    {feature:14} {weight:6.2f}")
    rounded = [round(float(w), 4) for w in raw]
    return {"bias": round(bias, 4), "weights": rounded, "threshold": threshold}


def main() -> None:
    """Collect, fit, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    listed, bare = collect(args.others)
    in_field = np.array([int(kind not in FAR) for kind in listed.kinds])
    parts = (
        fit(listed, in_field, "field", 0.5),
        fit(bare, np.array(bare.right), "answered", YES),
        fit(listed, np.array(listed.right), "answered_listed", YES),
    )
    if args.write:
        count = len(listed.right) + len(bare.right)
        body = {"version": f"tuning data, {count} rows", "features": list(NAMES)}
        body |= dict(zip(MODELS, parts, strict=True))
        MODEL.write_text(json.dumps(body, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
