"""What may be asked here: questions to begin with, and questions offered while one is typed.

All comes from the library itself: the questions that its editors list, its headings and titles.
"""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import islice

from flask import Blueprint, Response, jsonify, request

from webapp.questions import clean
from webapp.service import Guide, Prompt

OFFERED = 7
"""Questions offered while one is typed."""
SUGGESTED = 6
LONGEST_SUGGESTED = 64
"""Characters of a question to begin with; longer ones are hard to take in at a glance."""
MOST_TYPED = 200
_FORGIVEN = 3
"""From so many words on, one that fits nowhere is forgiven."""


class Finder:
    """Finds the prompts that hold the words typed so far, each as the beginning of a word."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self.prompts = prompts
        held: dict[str, set[int]] = {}
        self._starts = []
        for number, prompt in enumerate(prompts):
            words = _words(prompt.text)
            self._starts.append(" ".join(words))
            for word in words:
                held.setdefault(word, set()).add(number)
        self._words = sorted(held)
        self._holders = [held[word] for word in self._words]

    def find(self, typed: str, *, most: int = OFFERED) -> list[Prompt]:
        """Return what fits best first: what begins as typed, then questions, then the short."""
        words = _words(typed[:MOST_TYPED])
        if not words:
            return []
        fitting = [self._beginning(word) for word in dict.fromkeys(words)]
        found = set.intersection(*fitting)
        if not found and len(fitting) >= _FORGIVEN:
            counted: dict[int, int] = {}
            for numbers in fitting:
                for number in numbers:
                    counted[number] = counted.get(number, 0) + 1
            found = {number for number, count in counted.items() if count >= len(fitting) - 1}
        start = " ".join(words)

        def order(number: int) -> tuple[bool, bool, bool, int, int]:
            text = self._starts[number]
            return (
                not text.startswith(start),
                not self.prompts[number].asks,
                self.prompts[number].listed,
                len(text),
                number,
            )

        return [self.prompts[number] for number in sorted(found, key=order)[:most]]

    def _beginning(self, start: str) -> set[int]:
        first = bisect_left(self._words, start)
        last = bisect_left(self._words, start + "\U0010ffff", first)
        return set().union(*self._holders[first:last])


def first_questions(prompts: Sequence[Prompt], today: date) -> tuple[Prompt, ...]:
    """Return a few questions to begin with: of different documents, and others each day.

    Those that an editor lists only as another way to ask come last.
    """

    def drawn(prompt: Prompt) -> tuple[bool, bytes]:
        seed = f"{today.isoformat()} {prompt.text}"
        return prompt.listed, hashlib.sha256(seed.encode("utf-8", "replace")).digest()

    fit = [one for one in prompts if one.asks and len(one.text) <= LONGEST_SUGGESTED]
    by_document: dict[str, Prompt] = {}
    for prompt in sorted(fit, key=drawn):
        by_document.setdefault(prompt.document, prompt)
    return tuple(islice(by_document.values(), SUGGESTED))


class _Kept:
    """The finder of the prompts served now, made once for each list of them."""

    def __init__(self, guide: Guide) -> None:
        self._source = guide
        self._finder = Finder(())
        self._lock = threading.Lock()

    def finder(self) -> Finder:
        prompts = self._source.prompts()
        with self._lock:
            if self._finder.prompts is not prompts:
                self._finder = Finder(prompts)
            return self._finder


def prompting(guide: Guide) -> Blueprint:
    """Return the address that questions are offered at while one is typed.

    It takes what was typed by POST, so that it stands in no address and in no log of a proxy.
    """
    room = Blueprint("prompts", __name__)
    kept = _Kept(guide)

    @room.post("/suggest")
    def suggest() -> Response:
        found = kept.finder().find(clean(request.form.get("q", "")))
        return jsonify(
            [{"text": one.text, "from": one.title, "lang": one.language} for one in found]
        )

    return room


def _words(text: str) -> list[str]:
    """Return the words of a text without capitals, accents and marks."""
    bare = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(" " if not (c.isalnum() or unicodedata.combining(c)) else c for c in bare
                   if c not in "'’")  # fmt: skip
    return ["".join(c for c in word if not unicodedata.combining(c)) for word in kept.split()]
