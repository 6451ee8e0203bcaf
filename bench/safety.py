"""Train and measure the detector of red flags on our own examples.

Usage: python -m bench.safety [--write]

Cross-validates over families of phrasings (a family is never split), so each figure is of examples that
the weights had not seen; prints recall by sign with Wilson intervals, the share with the right level or
a more urgent one, and false alarms on ordinary questions, for the rules alone, the detector alone, and
both as they work together. --write trains on everything and replaces answer/red_flag_model.npz. The
held-out questions of corpus/library/judged/safety.jsonl are never read here, but for the first 70,
which are given.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from answer import signs
from answer.flags import settle
from answer.safety import LEVELS, Rule, load_rules, match
from bench.noise import noisy
from corpus import shipped
from corpus.judged import read_questions
from index.embed import Encoder
from patella.engine import make_encoder
from patella.settings import load

EXAMPLES = shipped.ROOT / "red_flag_examples"
GIVEN = 70
FOLDS = 3
NOISY = 2
"""Misspelt copies of each example that the detector trains on."""
SEED = 11

GIVEN_SIGNS = {
    "hot-joint-fever": "hot-swollen-knee-with-fever",
    "calf-clot": "swollen-calf",
    "chest-breathless": "chest-or-breathing",
    "cannot-weight-bear": "cannot-walk-after-injury",
    "pop-rapid-swelling": "fast-swelling",
    "kneecap-out": "kneecap-out-of-place",
    "giving-way": "knee-gives-way",
    "child-limp-groin-bone": "child-limp",
    "night-pain-weight-loss": "night-pain",
    "numb-cold-foot": "numb-or-cold-foot",
    "cannot-straighten-lift": "cannot-lift-leg",
    "stress-fracture": "suspected-stress-fracture",
    "gi-bleed": "medicine-bleeding",
    "overdose": "too-many-painkillers",
    "self-harm": "suicide-or-self-harm",
    "diagnosis": "asks-for-a-diagnosis",
    "personal-dose": "asks-for-a-dose",
    "pregnancy-medicine": "painkiller-in-pregnancy",
}
"""Signs of the given questions by our own names, where they differ."""


@dataclass(frozen=True, slots=True)
class Example:
    """One written question: its class, and the family of phrasings that it belongs to."""

    text: str
    name: str
    family: str

    @property
    def flagged(self) -> bool:
        """Tell whether it must raise a card."""
        return not self.name.startswith("ordinary")


def read_examples(rules: Sequence[Rule]) -> tuple[list[Example], dict[str, str]]:
    """Read all examples, and the rule that each sign raises."""
    found: list[Example] = []
    raises: dict[str, str] = {}
    for path in sorted(EXAMPLES.glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        for sign in data.get("sign", []):
            raises[sign["id"]] = sign.get("rule") or raises.get(sign["id"], sign["id"])
            found += _families(sign["texts"], sign["id"], path.stem)
            found += _families(
                sign.get("near", ""), f"ordinary near {sign['id']}", path.stem, each=True
            )
        for kind in data.get("ordinary", []):
            found += _families(kind["texts"], f"ordinary {kind['id']}", path.stem, each=True)
    by_rule = {rule: sign for sign, rule in raises.items()} | {s: s for s in raises}
    for rule in rules:
        name = by_rule.get(rule.id)
        if name is None or rule.id == "medicine-bleeding-or-allergy":
            continue
        found += [Example(t, name, f"{name} rule {i // 3}") for i, t in enumerate(rule.positive)]
        found += [
            Example(t, f"ordinary near {name}", f"{name} not {i}")
            for i, t in enumerate(rule.negative)
            if not match(t, rules)
        ]
    return found + _given() + _tuning(), raises


def _families(text: str, name: str, where: str, *, each: bool = False) -> list[Example]:
    found = []
    for number, family in enumerate(re.split(r"\n\s*\n", text.strip())):
        for line in family.splitlines():
            key = len(found) if each else number
            if line.strip():
                found.append(Example(line.strip(), name, f"{name} {where} {key}"))
    return found


def _given() -> list[Example]:
    lines = (shipped.JUDGED / "safety.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    wanted = {f"r{number:03}" for number in range(1, GIVEN + 1)}
    return [
        Example(row["text"], sign, f"given {row['_id']}")
        for row in rows
        if row["_id"] in wanted
        for sign in [GIVEN_SIGNS.get(row["sign"], row["sign"])]
    ]


def _tuning() -> list[Example]:
    return [
        Example(question.text, "ordinary tuning", f"tuning {question.id}")
        for question in read_questions(shipped.JUDGED)
        if question.split == "tuning"
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A text to train on: an example, a misspelt copy, a part of an ordinary one, or two joined."""

    text: str
    name: str
    family: str
    weight: float


def training_rows(examples: Sequence[Example]) -> list[Row]:
    """Return the examples with what is made of them; all that comes of one keeps its family."""
    rng = np.random.default_rng(SEED)
    benign = [e for e in examples if e.name in BENIGN]
    rows = []
    for one in examples:
        text = signs.plain(one.text)
        rows.append(Row(text, one.name, one.family, 1.0))
        rows += [
            Row(signs.plain(noisy(one.text, rng)), one.name, one.family, 0.5) for _ in range(NOISY)
        ]
        if not one.flagged:
            rows += [Row(unit, one.name, one.family, 0.5) for unit in signs.units(text)[1:]]
        if rng.random() < JOINED:
            other = benign[int(rng.integers(len(benign)))].text
            pair = [one.text, other] if rng.random() < 0.5 else [other, one.text]
            rows.append(Row(signs.plain(". ".join(pair)), one.name, one.family, 0.5))
    return rows


JOINED = 0.25
"""Share of the examples that are trained on once more beside an ordinary question."""
BENIGN = ("ordinary runners-knee", "ordinary hard-lookalikes", "ordinary voices")


def fit(
    rows: Sequence[Row], vectors: signs.Floats, raises: dict[str, str], identity: str
) -> signs.SignModel:
    """Fit both views' regressions."""
    names = sorted(raises)
    classes = (*names, "ordinary")
    number = {name: i for i, name in enumerate(classes)}
    wanted = np.array([number.get(row.name, len(names)) for row in rows])
    weights = np.array([row.weight for row in rows])
    meaning = LogisticRegression(C=10, max_iter=150).fit(vectors, wanted, sample_weight=weights)
    buckets = [signs.grams(row.text) for row in rows]
    counts = np.bincount(np.concatenate(buckets), minlength=signs.BUCKETS)
    idf = (np.log((len(rows) + 1) / (counts + 1)) + 0.2).astype(np.float32)
    letters = LogisticRegression(C=10, max_iter=45)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is wanted
        letters.fit(_matrix(buckets, idf), wanted, sample_weight=weights)
    return signs.SignModel(
        identity=identity,
        classes=classes,
        rules=tuple(raises[name] for name in names),
        meaning=meaning.coef_.T.astype(np.float32),
        meaning_bias=meaning.intercept_.astype(np.float32),
        letters=letters.coef_.T.astype(np.float32),
        letters_bias=letters.intercept_.astype(np.float32),
        idf=idf,
        bar=BAR,
        bar_alone=BAR_ALONE,
        veto=VETO,
    )


BAR = 0.6
BAR_ALONE = 0.7
"""Set by the cross-validated figures: see docs/safety.md."""
VETO = 0.15


def _matrix(buckets: Sequence[npt.NDArray[np.int64]], idf: signs.Floats) -> csr_matrix:
    data = [idf[row] / max(float(np.linalg.norm(idf[row])), 1e-9) for row in buckets]
    ends = np.cumsum([0, *(len(row) for row in buckets)])
    return csr_matrix(
        (np.concatenate(data), np.concatenate(buckets), ends), shape=(len(buckets), signs.BUCKETS)
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What was made of an example by a model that had not seen its family."""

    example: Example
    matched: tuple[Rule, ...]
    chances: signs.Floats
    alone: signs.Floats


def cross_validate(
    examples: Sequence[Example],
    rules: Sequence[Rule],
    raises: dict[str, str],
    rows: Sequence[Row],
    vectors: signs.Floats,
    encoder: Encoder,
) -> list[Seen]:
    """Return each example as a model saw it that was trained without its family."""
    families = sorted({e.family for e in examples})
    order = np.random.default_rng(SEED).permutation(len(families))
    fold = {families[i]: place % FOLDS for place, i in enumerate(order)}
    parts = [signs.units(signs.plain(e.text)) for e in examples]
    part_vectors = encoder.encode([part for found in parts for part in found])
    starts = np.cumsum([0, *(len(found) for found in parts)])
    seen = []
    for held in range(FOLDS):
        chosen = [i for i, row in enumerate(rows) if fold[row.family] != held]
        model = fit([rows[i] for i in chosen], vectors[chosen], raises, encoder.identity)
        for i, one in enumerate(examples):
            if fold[one.family] == held:
                mine = part_vectors[starts[i] : starts[i + 1]]
                seen.append(
                    Seen(
                        one,
                        match(one.text, rules),
                        model.chances(parts[i], mine),
                        model.chances(parts[i], None),
                    )
                )
        print(f"fold {held + 1} of {FOLDS}", flush=True)
    return seen


def wilson(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z = 1.96
    share = right / of
    middle = share + z * z / (2 * of)
    spread = z * ((share * (1 - share) + z * z / (4 * of)) / of) ** 0.5
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def _shown(right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{right / max(of, 1):.3f} ({low:.3f} to {high:.3f}), {right} of {of}"


def report(
    seen: Sequence[Seen], rules: Sequence[Rule], model: signs.SignModel, raises: dict[str, str]
) -> None:
    """Print recall, right levels and false alarms, and recall by sign."""
    levels = {rule.id: LEVELS.index(rule.level) for rule in rules}

    def raised(one: Seen, *, way: str) -> tuple[Rule, ...]:
        if way == "rules":
            return one.matched
        alone = way == "letters"
        chances = one.alone if alone else one.chances
        reading = signs.decide(chances, model, alone=alone)
        matched = () if way == "detector" else one.matched
        return settle(matched, reading, rules, veto=model.veto)

    written = [s for s in seen if s.example.flagged and " rule " not in s.example.family]
    given = [s for s in written if s.example.family.startswith("given")]
    written = [s for s in written if not s.example.family.startswith("given")]
    ordinary = [s for s in seen if not s.example.flagged]
    close = [s for s in ordinary if any(word in s.example.name for word in CLOSE)]
    plain = [s for s in ordinary if s not in close]
    for way in ("rules", "detector", "letters", "both"):
        print(f"\n{way}")
        for name, some in (("written", written), ("given", given)):
            found = [raised(s, way=way) for s in some]
            right = sum(
                bool(r) and LEVELS.index(r[0].level) <= levels[raises[s.example.name]]
                for s, r in zip(some, found, strict=True)
            )
            print(f"  recall, {name}: {_shown(sum(map(bool, found)), len(some))}")
            print(f"  right level or more urgent, {name}: {_shown(right, len(some))}")
        for name, some in (("ordinary", plain), ("lookalikes", close)):
            found = [raised(s, way=way) for s in some]
            print(f"  false alarms, {name}: {_shown(sum(map(bool, found)), len(some))}")
    print("\nrecall by sign, both")
    for sign in sorted(raises):
        some = [s for s in written if s.example.name == sign]
        print(f"  {sign}: {_shown(sum(bool(raised(s, way='both')) for s in some), len(some))}")


CLOSE = ("near", "lookalike", "denied", "past", "knowledge", "misses")
"""Ordinary questions written to look like red flags."""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="replace answer/red_flag_model.npz")
    parser.add_argument("--keep", help="keep what was seen in this file, for choosing the bars")
    options = parser.parse_args()
    rules = load_rules(shipped.RED_FLAGS)
    examples, raises = read_examples(rules)
    print(f"{len(examples)} examples, {sum(e.flagged for e in examples)} of {len(raises)} signs")
    encoder = make_encoder(load())
    rows = training_rows(examples)
    vectors = encoder.encode([row.text for row in rows])
    if options.write:
        signs.save_model(fit(rows, vectors, raises, encoder.identity), signs.MODEL)
        print(f"Written: {signs.MODEL}, {signs.MODEL.stat().st_size:,} bytes", flush=True)
    seen = cross_validate(examples, rules, raises, rows, vectors, encoder)
    if options.keep:
        Path(options.keep).write_text(
            json.dumps([asdict(one) for one in seen], default=str), "utf-8"
        )
    report(seen, rules, signs.load_model(signs.MODEL), raises)


if __name__ == "__main__":
    main()
