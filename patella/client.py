"""A client of another Patella's API: what it is asked goes by POST, and comes back as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx2

from corpus.errors import NotFound, PatellaError, QuestionError, RemoteError, UsageError

Json = dict[str, Any]
SECONDS = 60.0
_BY_TYPE: dict[str, type[PatellaError]] = {
    "question": QuestionError,
    "usage": UsageError,
    "not-found": NotFound,
}


class Client:
    """One server. All calls raise RemoteError where it can't be reached, or what it says is wrong.

    ``filters`` are lists of values by name, such as ``{"kind": ["guideline"]}`` (docs/search.md).
    """

    def __init__(self, server: str, *, token: str = "", seconds: float = SECONDS) -> None:
        if not server.startswith(("http://", "https://")):
            raise UsageError(
                f"{server!r} is no address of a server.", hint="Write it as http://localhost:8000"
            )
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.server = server.rstrip("/")
        self._http = httpx2.Client(headers=headers, timeout=seconds)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(self, question: str, *, filters: Mapping[str, Any] | None = None, **more: Any) -> Json:
        """Answer a question; ``more`` are ``after``, ``without`` and ``generate``."""
        return self._call("POST", "/ask", {"q": question, **(filters or {}), **more})

    def search(
        self, question: str, *, k: int = 10, filters: Mapping[str, Any] | None = None, **more: Any
    ) -> Json:
        """Find passages; ``more`` are ``page``, ``why`` and ``without``."""
        return self._call("POST", "/search", {"q": question, "k": k, **(filters or {}), **more})

    def documents(self) -> Iterator[Json]:
        """Give the documents that are searched, page after page."""
        page = 1
        while page:
            found = self._call("GET", f"/documents?page={page}")
            yield from found["documents"]
            page = page + 1 if found["next"] else 0

    def text(self, document_id: str, *, version_id: int = 0) -> Json:
        """Give the text that offsets count in, and its blocks."""
        return self._call("GET", f"/documents/{quote(document_id, safe='')}/text?v={version_id}")

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            answered = self._http.request(method, f"{self.server}/api/v1{path}", json=body)
        except httpx2.TimeoutException as error:
            raise RemoteError(
                f"{self.server} took too long.", hint="Try again, or look whether it is well."
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise RemoteError(
                f"{self.server} cannot be reached ({type(error).__name__}: {error}).",
                hint="Check the address, and whether patella serve is running there.",
            ) from error
        try:
            said = answered.json()
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise RemoteError(
                f"{self.server} does not answer like a Patella server (status"
                f" {answered.status_code}).",
                hint="Check the address; it is that of the first page.",
            )
        if answered.status_code >= 400:
            raise refusal(said, answered)
        return said


def refusal(said: Json, answered: httpx2.Response) -> PatellaError:
    """Return a problem document as the error that it would have been here."""
    told = str(said.get("detail") or said.get("title") or f"Status {answered.status_code}.")
    hint = str(said.get("hint", ""))
    if answered.status_code == 429 and (wait := answered.headers.get("Retry-After")):
        hint = f"Try again in {wait} seconds."
    if answered.status_code == 401:
        hint = "Send a token: --token, or PATELLA_TOKEN in the environment."
    kind = str(said.get("type", "")).rpartition("#")[2]
    return _BY_TYPE.get(kind, RemoteError)(told, hint=hint)
