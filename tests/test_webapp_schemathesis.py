"""The API against its own description: schemathesis sends what fits and what does not."""

from __future__ import annotations

from dataclasses import dataclass, field

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from answer.receipt import OpenedQuote, OpenedReceipt
from corpus.account_records import Principal
from corpus.errors import Forbidden, NotFound
from corpus.receipts import KeptAnswer, KeptQuote, Receipt
from corpus.records import Answer
from tests.webapp_fake import FakeService
from tests.workbench_fake import FakeWorkbench
from webapp.app import create_app
from webapp.settings import WebSettings

EXAMPLES = 6
"""For each operation."""


@dataclass
class FakeReceipts:
    """Receipts in memory; all are deleted by the same key."""

    held: dict[str, Receipt] = field(default_factory=dict)

    def make(self, answer: Answer) -> tuple[Receipt, str]:
        quotes = tuple(
            KeptQuote(
                "quote", q.document.id, q.document.version_id, q.start, q.end, q.sha256, q.heading,
                q.page, q.page_label, q.document.title, "A citation.",
            )
            for q in answer.quotes
        )  # fmt: skip
        kept = KeptAnswer(answer.question, answer.state, answer.generation, "d" * 64, quotes)
        made = Receipt(f"r{len(self.held)}", "2026-11-24", "2026-11-24", kept)
        self.held[made.id] = made
        return made, "key"

    def open(self, receipt_id: str) -> OpenedReceipt:
        if receipt_id not in self.held:
            raise NotFound("There is no such shared answer.")
        receipt = self.held[receipt_id]
        quotes = tuple(OpenedQuote(kept, "unchanged", "Words.") for kept in receipt.answer.quotes)
        return OpenedReceipt(receipt, "unchanged", 4, quotes)

    def delete(self, receipt_id: str, key: str) -> None:
        self.open(receipt_id)
        if key != "key":
            raise Forbidden("That is not the key of this answer.")
        del self.held[receipt_id]

    def secret(self) -> bytes:
        return b"secret"


class OneToken:
    """Accounts that know one token, an admin's."""

    def secret(self) -> bytes:
        return b"s" * 32

    def any(self) -> bool:
        return True

    def local(self) -> bool:
        return False

    def by_session(self, key: str) -> None:
        return None

    def by_token(self, secret: str) -> Principal | None:
        return Principal("ada", "admin", "token") if secret == TOKEN else None

    def note(self, *_: object) -> None:
        pass


TOKEN = "patella_token"
BENCH = FakeWorkbench()
BENCH.begin("add", "eve", "leaflet.pdf")
APP = create_app(
    FakeService(),
    settings=WebSettings(api_limits="none"),
    receipts=FakeReceipts(),
    accounts=OneToken(),
    workbench=BENCH,
)
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"mode": "all", "max-examples": EXAMPLES, "deterministic": True},
    }
)
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APP, config=CONFIG)


@schemathesis.auth()
class ByToken:
    """Sends the token where one is asked for."""

    def get(self, case, context) -> str:
        return TOKEN

    def set(self, case, data, context) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_query(context, query):
    """Let two dates not contradict each other, which a description cannot say."""
    if query and query.get("since") and query.get("until"):
        query.pop("until")
    return query


@schemathesis.hook
def map_body(context, body):
    return map_query(context, body) if isinstance(body, dict) else body


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation(case) -> None:
    case.call_and_validate()


def test_the_description_is_of_the_whole_api() -> None:
    told = {f"{m.upper()} {path}" for path, ms in schema.raw_schema["paths"].items() for m in ms}
    served = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in APP.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }
    assert told == served
    assert len(told) >= 38
    assert schema.raw_schema["openapi"] == "3.1.0"
