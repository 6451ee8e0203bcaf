"""The MCP server, asked by the SDK's own client: in memory, over stdio, over HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from corpus.accounts import Accounts
from corpus.errors import UsageError
from corpus.records import Disagreement, sha256_text
from patella.engine import Engine
from patella.mcp_http import read_address
from patella.mcp_server import make_server
from patella.settings import Settings
from patella.writer import Writer
from tests.accounts_helpers import HASTY
from tests.webapp_fake import ANSWERED, GUIDE, TAPING, URGENT, FakeService

PATELLA = [sys.executable, "-m", "patella"]
SITTING = """---
title: Sitting and knees
publisher: Patella
url: https://leaflets.example/sitting
---

# Why sitting hurts

Sitting for long with bent knees presses the kneecap on the thigh bone, and that can hurt. Stand up often.
"""


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 120))


def call(service: FakeService, tool: str, pages: str = "", **arguments: Any) -> Any:
    async def work() -> Any:
        async with Client(make_server(service, pages=pages)) as client:
            return await client.call_tool(tool, arguments)

    return run(work())


# -- in memory


def test_the_tools_that_are_told() -> None:
    async def work() -> Any:
        async with Client(make_server(FakeService())) as client:
            return client.instructions, (await client.list_tools()).tools

    instructions, tools = run(work())
    assert "quoted word for word" in instructions
    assert [tool.name for tool in tools] == ["search", "ask", "open_source"]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema["type"] == "object"


def test_an_answer_with_its_citations() -> None:
    made = call(FakeService(), "ask", pages="https://knees.example/", question="taping?")
    told = made.structured_content
    assert (told["state"], told["safety"], told["generation"]) == ("answered", None, 4)
    first = told["quotes"][0]
    quote = ANSWERED.quotes[0]
    assert first == {
        "text": "Taping often eases pain at once [1].",
        "title": "How long taping helps",
        "heading": ["How long taping helps"],
        "page": "",
        "address": "https://knees.example/source/taping?start=122&end=158&v=11#quote",
        "publisher_url": "",
        "citation": first["citation"],
        "document": "taping",
        "version": 11,
        "start": 122,
        "end": 158,
        "sha256": quote.sha256,
    }
    assert first["citation"].startswith("How long taping helps. ")
    assert TAPING.text[122:158] == first["text"]
    assert told["quotes"][2]["page"] == "Page ii"
    text = made.content[0].text
    assert text.startswith("The library answers this. The quotes:\n[1] “Taping often eases")
    assert "(taping, version 11, 122–158)" in text


def test_what_is_urgent_comes_first_and_differences_are_told() -> None:
    differing = replace(
        URGENT, disagreements=(Disagreement("advice", ANSWERED.quotes[0], ANSWERED.quotes[2]),)
    )
    made = call(FakeService(answer=differing), "ask", question="x")
    assert made.structured_content["safety"]["level"] == "emergency"
    assert made.content[0].text.startswith(
        "FIRST: Chest pain or sudden breathlessness. Do not wait"
    )
    assert "These sources differ (advice):" in made.content[0].text
    assert len(made.structured_content["disagreements"][0]["sides"]) == 2


def test_nothing_is_made_up() -> None:
    made = call(FakeService(), "ask", question="football")
    assert made.structured_content["quotes"] == []
    assert made.content[0].text == "This is not in the library."


def test_search() -> None:
    made = call(FakeService(), "search", question="taping", k=2).structured_content
    assert [one["document"] for one in made["passages"]] == ["taping", "guide"]
    for one, source in zip(made["passages"], (TAPING, GUIDE), strict=True):
        assert source.text[one["start"] : one["end"]] == one["text"]
        assert one["sha256"] == sha256_text(one["text"])


def test_a_text_around_a_quote() -> None:
    start = TAPING.text.index("Shave")
    made = call(FakeService(), "open_source", document="taping", start=start, length=20)
    told = made.structured_content
    assert told["text"] == TAPING.text[start : start + 20]
    assert told["heading"] == ["How to put the tape on"]
    assert (told["length"], told["is_current"]) == (len(TAPING.text), True)
    old = call(FakeService(), "open_source", document="taping", version=7)
    assert old.structured_content["is_current"] is False
    assert "not the version that is searched now" in old.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("open_source", {"document": "nope"}, "There is no document 'nope' in this library."),
        ("open_source", {"document": "taping", "start": 10**6}, "The text of taping ends at"),
        ("open_source", {"document": "taping", "length": 10**6}, "length"),
        ("search", {"question": "x", "kind": ["rumour"]}, "no kind of evidence 'rumour'"),
        ("search", {"question": "x", "k": 0}, "greater than or equal to 1"),
        ("ask", {}, "question"),
    ],
)
def test_what_makes_no_sense_is_told(tool: str, arguments: dict[str, Any], words: str) -> None:
    made = call(FakeService(), tool, **arguments)
    assert made.is_error
    assert words in made.content[0].text


# -- as a process


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, encoder: Any) -> Path:
    root = tmp_path_factory.mktemp("mcp")
    (root / "leaflets").mkdir()
    (root / "leaflets" / "sitting.md").write_text(SITTING, "utf-8")
    engine = Engine(Settings(root / "data"), encoder=encoder)
    Writer(engine).add([root / "leaflets"])
    engine.close()
    accounts = Accounts(root / "data" / "accounts.db", passwords=HASTY)
    (root / "token").write_text(accounts.tokens.make("mcp", "read")[1])
    accounts.close()
    return root / "data"


def test_over_stdio(data: Path) -> None:
    server = StdioServerParameters(
        command=PATELLA[0],
        args=[*PATELLA[1:], "--data-dir", str(data), "mcp", "--pages", "http://localhost:8000"],
        cwd=Path(__file__).parent.parent,
    )

    async def work() -> Any:
        async with Client(stdio_client(server)) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            answer = await client.call_tool("ask", {"question": "Why does sitting hurt my knee?"})
            quote = answer.structured_content["quotes"][0]
            around = await client.call_tool(
                "open_source",
                {
                    "document": quote["document"],
                    "version": quote["version"],
                    "start": quote["start"],
                    "length": quote["end"] - quote["start"],
                },
            )
            found = await client.call_tool("search", {"question": "stand up", "k": 1})
            return names, answer, quote, around, found

    names, answer, quote, around, found = run(work())
    assert names == ["search", "ask", "open_source"]
    assert answer.structured_content["state"] == "answered"
    assert quote["text"].startswith("Sitting for long with bent knees")
    assert quote["address"].startswith("http://localhost:8000/source/sitting?start=")
    assert quote["publisher_url"] == "https://leaflets.example/sitting"
    assert quote["sha256"] == sha256_text(quote["text"])
    assert around.structured_content["text"] == quote["text"]
    assert len(found.structured_content["passages"]) == 1


def test_over_http_only_with_a_token_where_the_library_is_for_those_who_sign_in(data: Path) -> None:
    (data / "patella.toml").write_text('search_access = "signed-in"\n')
    process = subprocess.Popen(
        [*PATELLA, "--data-dir", data, "mcp", "--http", "127.0.0.1:0"],
        cwd=Path(__file__).parent.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        said = process.stderr.readline()
        assert said.startswith("MCP is at http://127.0.0.1:")
        address = said.split()[3]
        refused = httpx2.post(address, json={})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="patella"'
        token = (data.parent / "token").read_text()

        async def work() -> Any:
            from mcp.client.streamable_http import streamable_http_client

            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(address, http_client=http)) as client,
            ):
                return await client.call_tool("search", {"question": "sitting"})

        assert run(work()).structured_content["passages"]
        other = httpx2.post(
            address, json={}, headers={"Authorization": f"Bearer {token}", "Host": "evil.example"}
        )
        assert other.status_code == 421
    finally:
        process.terminate()
        process.communicate(timeout=20)
        (data / "patella.toml").unlink()


@pytest.mark.parametrize("told", ["8100", "localhost", ":8100", "localhost:x", "localhost:70000"])
def test_an_address_to_listen_on_that_is_none(told: str) -> None:
    with pytest.raises(UsageError, match="no address to listen on"):
        read_address(told)
    assert read_address("[::1]:8100") == ("::1", 8100)
