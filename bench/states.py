"""Train the state model on the tuning half of our judged questions.

Usage: python -m bench.states [--others QUERIES.jsonl ...] [--write]

Each question is asked of the whole shipped library, and of small libraries cut out of it, so that the
model also holds where an editor has added a handful of articles. A question is *answerable* where a
sentence of the library at hand was judged to answer it; one that sentences only help with is left out.
--others names files of questions (BEIR queries) of other subjects, which the library cannot answer: with
so few of our own, the line between near and far is drawn better with some hundreds more. Prints the
cross-validated figures; --write replaces answer/state_model.json. The test half is never read.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from answer.state import NAMES, Features
from corpus import shipped
from corpus.judged import Judgement, Question, read_judgements, read_questions
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

MODEL = Path(__file__).resolve().parent.parent / "answer" / "state_model.json"
SMALL_LIBRARIES = 24
SMALL_SIZE = 6
OTHERS = 120
"""Questions taken of each file of other subjects."""

FALSE_ANSWERS = 0.05
"""The answered threshold lets at most this share of questions of other subjects through."""

IN_FIELD = {"answered", "near-miss"}


@dataclass(frozen=True, slots=True)
class Row:
    """One question asked of one library."""

    question: Question
    features: Features
    answerable: bool
    whole: bool


def read_others(paths: Sequence[Path]) -> list[Question]:
    """Read questions of other subjects, a seeded sample of each file."""
    rng = np.random.default_rng(3)
    found = []
    for path in paths:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for i in rng.permutation(len(rows))[:OTHERS]:
            text = rows[i]["text"]
            found.append(
                Question(
                    f"{path.parent.name}-{i}", text, "none", "other", "tuning", "other-subject"
                )
            )
    return found


def ask_library(
    engine: Engine, questions: Iterable[Question], judged: Sequence[Judgement], *, whole: bool
) -> list[Row]:
    """Ask the questions, and note what the library at hand could have said."""
    held = {document.id for document in engine.documents()}
    here = [j for j in judged if j.document in held]
    right = {j.question for j in here if j.grade == 2}
    helped = {j.question for j in here} - right
    return [
        Row(q, engine.outcome(q.asked).features, q.id in right, whole)
        for q in questions
        if q.id not in helped
    ]


def collect(
    questions: Sequence[Question], others: Sequence[Question], judged: Sequence[Judgement]
) -> list[Row]:
    """Ask all questions of the whole library, and some of small ones."""
    rows: list[Row] = []
    rng = np.random.default_rng(7)
    settings = load()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(replace(settings, data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        rows += ask_library(engine, [*questions, *others], judged, whole=True)
        paths = sorted((shipped.ROOT / "articles").glob("*.md"))
        for number in range(SMALL_LIBRARIES):
            size = 1 if number % 4 == 0 else SMALL_SIZE
            picked = [paths[i] for i in rng.choice(len(paths), size, replace=False)]
            small = Engine(
                replace(settings, data_dir=Path(folder) / f"small-{number}"),
                encoder=engine.encoder,
            )
            Writer(small).add(picked)
            stems = {path.stem for path in picked}
            near = {j.question for j in judged if j.document in stems and j.grade == 2}
            asked = [q for q in questions if q.id in near]
            others = [q for q in questions if q.id not in near]
            asked += [others[i] for i in rng.choice(len(others), len(asked) + 8, replace=False)]
            rows += ask_library(small, asked, judged, whole=False)
            small.close()
        engine.close()
    return rows


def fit(x: np.ndarray, y: np.ndarray) -> tuple[LogisticRegression, np.ndarray]:
    """Fit a logistic regression; return it and its cross-validated chances."""
    model = LogisticRegression(C=3.0, max_iter=5000, class_weight="balanced")
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    chances = cross_val_predict(model, x, y, cv=folds, method="predict_proba")[:, 1]
    return model.fit(x, y), chances


def threshold(chances: np.ndarray, far: np.ndarray) -> float:
    """Return the threshold that lets FALSE_ANSWERS of the questions of other subjects through."""
    return round(max(0.5, float(np.quantile(chances[far], 1 - FALSE_ANSWERS))), 2)


def part(model: LogisticRegression, cut: float) -> dict[str, object]:
    """Return a fitted model as plain values."""
    weights = [round(float(w), 4) for w in model.coef_[0]]
    return {
        "bias": round(float(model.intercept_[0]), 4),
        "weights": weights,
        "threshold": cut,
    }


def main() -> None:
    """Collect, fit, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    questions = [q for q in read_questions(shipped.JUDGED) if q.split == "tuning"]
    rows = collect(questions, read_others(args.others), read_judgements(shipped.JUDGED))
    x = np.array([astuple(row.features) for row in rows])
    answerable = np.array([row.answerable for row in rows], dtype=int)
    in_field = np.array([row.question.expected in IN_FIELD for row in rows], dtype=int)
    whole = np.array([row.whole for row in rows])
    near = np.array([row.question.expected == "near-miss" for row in rows])
    field, field_chances = fit(x, in_field)
    answered, chances = fit(x, answerable)
    cut = threshold(chances, (in_field == 0) & whole)
    field_cut = round(float(np.quantile(field_chances[(in_field == 0) & whole], 0.95)), 2)
    print(f"near misses caught {(chances[near & whole] < cut).mean():.3f}")
    print(f"other subjects caught {(chances[(in_field == 0) & whole] < cut).mean():.3f}")
    for name, mask in (("whole", whole), ("small", ~whole)):
        taken = (chances >= cut) & mask
        print(
            f"{name}: {mask.sum()} rows, auc {roc_auc_score(answerable[mask], chances[mask]):.3f},"
            f" answered precision {answerable[taken].mean():.3f},"
            f" recall {(taken & (answerable == 1)).sum() / (answerable[mask] == 1).sum():.3f}"
        )
    print(f"field: auc {roc_auc_score(in_field[whole], field_chances[whole]):.3f}, cut {field_cut}")
    for name, a, b in zip(NAMES, answered.coef_[0], field.coef_[0], strict=True):
        print(f"  {name:10} answered {a:7.2f}  field {b:7.2f}")
    print(f"answered cut {cut}")
    if args.write:
        body = {
            "version": f"tuning half, {len(rows)} rows",
            "features": list(NAMES),
            "field": part(field, field_cut),
            "answered": part(answered, cut),
        }
        MODEL.write_text(json.dumps(body, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
