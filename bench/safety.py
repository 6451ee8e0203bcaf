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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from answer import signs
from answer.safety import LEVELS, Rule, load_rules, match
from bench.noise import noisy
from corpus import shipped
from corpus.judged import read_questions
from patella.engine import make_encoder
from patella.settings import load

EXAMPLES = shipped.ROOT / "red_flag_examples"
GIVEN = 70
FOLDS = 5
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
            raises[sign["id"]] = sign.get("rule", sign["id"])
            found += _families(sign["texts"], sign["id"], path.stem)
            found += _families(sign.get("near", ""), f"ordinary near {sign['id']}", path.stem, each=True)
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
