"""Token vectors of sentences met before: a few in memory, the others in a file, all in the small form."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from answer.compact import FORM, nearest, pack, tokens_in, unpack
from corpus.kept_tokens import KeptTokens
from index.embed import Encoder, Vectors

MEMORY_BYTES = 16_000_000
"""Token vectors held in memory: some 5,000 sentences."""


class TokenCache:
    """Makes the token vectors of a sentence once, whatever was asked; safe to share between threads.

    Questions do not belong here: what is given is kept on the disk.
    """

    def __init__(
        self, encoder: Encoder, *, kept: KeptTokens | None = None, memory: int = MEMORY_BYTES
    ) -> None:
        self.kept = kept
        self.stale = False
        """Something was withdrawn since this was made: what is made now is not kept in the file."""
        self._encoder = encoder
        self._memory = memory
        self._used = 0
        self._held: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._salt = hashlib.sha256(f"{encoder.identity}\0{FORM}\0".encode())
        # read before anything that is given here is read
        self._epoch = kept.epoch() if kept else 0

    def renewed(self) -> TokenCache:
        """Return one with nothing in memory, which keeps what is read from now on."""
        return TokenCache(self._encoder, kept=self.kept, memory=self._memory)

    def close(self) -> None:
        """Close the file."""
        if self.kept:
            self.kept.close()

    def nearest(self, query: Vectors, texts: Sequence[str]) -> Vectors:
        """Return the greatest cosine of each token of ``query`` to one of each text: texts × tokens."""
        unique = list(dict.fromkeys(texts))
        packed = self._packed(unique)
        found = nearest(query, [packed[text] for text in unique], self._encoder.dimension)
        place = {text: i for i, text in enumerate(unique)}
        best: Vectors = found[[place[text] for text in texts]]
        return best

    def get(self, texts: Sequence[str]) -> list[Vectors]:
        """Return the token vectors of each text, shape (tokens, dimension), nearly."""
        packed = self._packed(list(dict.fromkeys(texts)))
        made = {text: unpack(body, self._encoder.dimension) for text, body in packed.items()}
        return [made[text] for text in texts]

    def key(self, text: str) -> bytes:
        """Return what a text's vectors are kept under: a hash of it, the model and the form."""
        one = self._salt.copy()
        one.update(text.encode("utf-8", "surrogatepass"))
        return one.digest()[:16]

    def lacking(self, texts: Sequence[str]) -> list[str]:
        """Return those of ``texts`` that the file lacks."""
        if self.kept is None:
            return []
        keys = {self.key(text): text for text in texts}
        return [keys[key] for key in self.kept.missing(list(keys))]

    def fill(self, texts: Sequence[str]) -> int:
        """Make and keep in the file what it lacks of ``texts``; return how many those were."""
        if self.kept is None:
            return 0
        lacking = self.lacking(texts)
        if lacking:
            made = self._made(lacking)
            self._keep(dict(zip(map(self.key, lacking), made, strict=True)))
        return len(lacking)

    def _packed(self, texts: Sequence[str]) -> dict[str, bytes]:
        keys = {text: self.key(text) for text in texts}
        with self._lock:
            found = {key: self._held[key] for key in keys.values() if key in self._held}
        found |= self._from_file([key for key in keys.values() if key not in found])
        new = [text for text, key in keys.items() if key not in found]
        if new:
            made = dict(zip((keys[text] for text in new), self._made(new), strict=True))
            found |= made
            self._keep(made)
        self._hold(found)
        return {text: found[key] for text, key in keys.items()}

    def _from_file(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        if not keys or self.kept is None:
            return {}
        found = self.kept.get(keys)
        return {key: body for key, body in found.items() if self._fits(body)}

    def _fits(self, body: bytes) -> bool:
        try:
            return tokens_in(body, self._encoder.dimension) > 0
        except ValueError:
            return False

    def _made(self, texts: Sequence[str]) -> list[bytes]:
        rows = self._encoder.encode_tokens(texts)
        bodies = pack(np.concatenate(rows))
        each = len(bodies) // sum(map(len, rows))
        ends = np.cumsum([len(one) * each for one in rows]).tolist()
        return [bodies[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _keep(self, made: dict[bytes, bytes]) -> None:
        if self.kept and not self.stale and not self.kept.put(made, epoch=self._epoch):
            self.stale = self.kept.epoch() != self._epoch

    def _hold(self, found: dict[bytes, bytes]) -> None:
        with self._lock:
            for key, body in found.items():
                if key not in self._held:
                    self._used += len(body)
                self._held[key] = body
                self._held.move_to_end(key)
            while self._used > self._memory:
                self._used -= len(self._held.popitem(last=False)[1])
