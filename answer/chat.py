"""Talking to a server of the OpenAI chat protocol: streamed, with time limits, errors in our words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from corpus.errors import GeneratorError

MOST_TOKENS = 160
CONNECT_SECONDS = 3.0
_HINT = "The quotes stand by themselves. Check generator_url, generator_model and generator_key."


@dataclass(frozen=True, slots=True)
class ChatServer:
    """A server and its model; ``url`` is its base, with or without ``/v1``."""

    url: str
    model: str
    key: str = ""
    seconds: float = 20.0
    """The longest that one answer may take in all."""

    def chat(self, messages: Sequence[dict[str, str]]) -> Iterator[str]:
        """Give the pieces of an answer as they come, until it ends or time is up.

        What came in time is given; then it ends. Raises GeneratorError where nothing can be had.
        """
        end = time.monotonic() + self.seconds
        body = {
            "model": self.model,
            "messages": list(messages),
            "stream": True,
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        limits = httpx2.Timeout(self.seconds, connect=min(CONNECT_SECONDS, self.seconds))
        came = False
        try:
            with (
                # settings name the server: no proxy of the environment, and no other address
                httpx2.Client(timeout=limits, trust_env=False, follow_redirects=False) as client,
                client.stream("POST", self._address(), json=body, headers=headers) as answered,
            ):
                if answered.status_code != 200:
                    raise GeneratorError(
                        f"The generator answered with {answered.status_code}.", hint=_HINT
                    )
                for line in answered.iter_lines():
                    piece = _piece(line)
                    if piece is None:
                        return
                    came = came or bool(piece)
                    yield piece
                    if time.monotonic() > end:
                        return
        except httpx2.TimeoutException as error:
            if not came:
                raise GeneratorError("The generator took too long.", hint=_HINT) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise GeneratorError(
                f"The generator cannot be used ({type(error).__name__}).", hint=_HINT
            ) from error

    def _address(self) -> str:
        base = self.url.rstrip("/")
        return f"{base}/chat/completions" if base.endswith("/v1") else f"{base}/v1/chat/completions"


def _piece(line: str) -> str | None:
    """Return the text in a line of the stream; None at its end. Raises GeneratorError."""
    if not line.startswith("data:"):
        return ""
    data = line.removeprefix("data:").strip()
    if data == "[DONE]":
        return None
    try:
        found: Any = json.loads(data)
        choices = found.get("choices") or [{}]
        content = (choices[0].get("delta") or {}).get("content") or ""
    except (ValueError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise GeneratorError("The generator's answer cannot be read.", hint=_HINT) from error
    if isinstance(found, dict) and found.get("error"):
        raise GeneratorError("The generator reported an error.", hint=_HINT)
    return content if isinstance(content, str) else ""
