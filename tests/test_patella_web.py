"""Web sources end to end, on a real server: pages, sitemaps, feeds, their changes and their ends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from patella.cli import main
from tests.web_helpers import Reply, Site, a_site

SITTING = (
    "<h1>Sitting with a sore knee</h1>"
    "<p>Sitting hurts because a bent knee presses the kneecap against the thigh bone.</p>"
)
BEES = (
    "<h1>Keeping bees</h1>"
    "<p>A swarm of bees leaves the hive in May when the colony has grown too large.</p>"
)
STAIRS = (
    "<h1>Stairs</h1><p>Going down loads the knee more than going up, so take the stairs slowly.</p>"
)


@pytest.fixture
def site(monkeypatch):
    with a_site() as found:
        monkeypatch.setenv("PATELLA_ALLOWED_HOSTS", found.host)
        monkeypatch.setenv("PATELLA_WEB_DELAY", "0")
        yield found


@pytest.fixture
def patella(tmp_path: Path):
    def run(*args: str | Path, code: int = 0, stdin: bytes | None = None) -> Result:
        arguments = ["--data-dir", str(tmp_path / "data"), *map(str, args)]
        result = CliRunner().invoke(main, arguments, input=stdin)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return run


def as_json(result: Result) -> dict:
    return json.loads(result.stdout)


def states(result: Result) -> dict[str, str]:
    return {file["path"]: file["state"] for file in as_json(result)["files"]}


def documents(patella) -> dict[str, dict]:
    return {d["id"]: d for d in as_json(patella("list", "--json"))["documents"]}


def test_a_page_is_added_asked_changed_and_looked_at_cheaply(patella, site: Site) -> None:
    url = site.html("/guides/sitting", SITTING, etag='"1"')
    assert states(patella("add", "--json", url)) == {url: "added"}
    assert url in patella("ask", "why does sitting hurt my knee").stdout.replace("\n", "").replace(
        " ", ""
    )
    quote = as_json(patella("ask", "--json", "why does sitting hurt my knee"))["quotes"][0]
    assert "presses the kneecap" in quote["text"]
    assert quote["document"]["url"] == url
    assert (quote["document"]["id"], quote["document"]["source_changed"]) == ("sitting", False)
    site.asked.clear()
    again = as_json(patella("index", "--json"))
    assert (again["counts"], again["published"], site.paths()) == (
        {"unchanged": 1}, False, ["/guides/sitting"],
    )  # fmt: skip
    assert patella("status").stdout.count(url) == 1
    site.html("/guides/sitting", SITTING.replace("thigh bone", "femur"), etag='"2"')
    assert states(patella("index", "--json")) == {url: "changed"}
    quote = as_json(patella("ask", "--json", "why does sitting hurt my knee"))["quotes"][0]
    assert "femur" in quote["text"]
    patella("remove", url)
    assert documents(patella) == {}
    assert states(patella("index", "--json")) == {}


def test_the_address_is_the_canonical_one_of_the_same_host(patella, site: Site) -> None:
    head = '<link rel="canonical" href="/sitting">'
    site.html("/sitting?utm=1", SITTING, head=head)
    patella("add", site.url("/sitting?utm=1"))
    assert documents(patella)["sitting"]["url"] == site.url("/sitting")
    head = '<link rel="canonical" href="https://elsewhere.example/bees"><meta property="og:url" content="https://elsewhere.example/bees">'
    site.html("/bees", BEES, head=head)
    patella("add", site.url("/bees"))
    assert documents(patella)["bees"]["url"] == site.url("/bees")


def test_a_page_is_known_by_where_its_redirects_end(patella, site: Site) -> None:
    site.pages["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.html("/new", SITTING)
    patella("add", site.url("/old"))
    assert documents(patella)["new"]["url"] == site.url("/new")


def test_a_page_that_fails_stays_and_one_that_is_gone_goes(patella, site: Site) -> None:
    url = site.html("/sitting", SITTING)
    other = site.html("/bees", BEES)
    patella("add", url, other)
    for status in (500, 403, 503):
        site.pages["/sitting"] = Reply(b"", status)
        report = as_json(patella("index", "--json", code=1))
        assert report["counts"] == {"failed": 1, "unchanged": 1}
        assert "stays in the library" in next(
            f["hint"] for f in report["files"] if f["state"] == "failed"
        )
    site.pages["/sitting"] = Reply(b"", 404)
    report = patella("index", "--json", code=1)
    assert states(report)[url] == "failed"
    assert "no such page (404)" in report.stdout and "next look too" in report.stdout
    assert documents(patella)["sitting"]["source_changed"] is True
    assert "404" in patella("status").stdout
    # back again: nothing is counted any more
    site.html("/sitting", SITTING)
    assert states(patella("index", "--json")) == {url: "unchanged", other: "unchanged"}
    site.pages["/sitting"] = Reply(b"", 404)
    patella("index", code=1)
    removed = as_json(patella("index", "--json"))["files"]
    assert [(f["path"], f["state"]) for f in removed if f["state"] != "unchanged"] == [
        (url, "removed")
    ]
    assert "404" in removed[0]["reason"]
    site.pages["/bees"] = Reply(b"", 410)
    assert states(patella("index", "--json"))[other] == "removed"
    assert documents(patella) == {}
    assert as_json(patella("index", "--json"))["files"] == []


def test_an_address_that_gives_nothing_is_reported_and_not_kept(
    patella, site: Site, tmp_path
) -> None:
    good = site.html("/sitting", SITTING)
    bad = [
        "http://169.254.169.254/latest/",
        "http://10.0.0.1/",
        "ftp://example.org/x",
        site.url("/nothing"),
    ]
    report = as_json(patella("add", "--json", good, *bad, code=1))
    failed = {f["path"]: f["reason"] for f in report["files"] if f["state"] == "failed"}
    assert set(failed) == set(bad) and all(failed.values())
    assert not any("robots.txt" in reason for reason in failed.values())
    assert report["counts"] == {"added": 1, "failed": 4}
    assert states(patella("index", "--json")) == {good: "unchanged"}


def test_a_setting_that_names_no_host_is_told(patella, site: Site, monkeypatch) -> None:
    monkeypatch.setenv("PATELLA_ALLOWED_HOSTS", "not a host")
    assert "allowed_hosts" in patella("add", site.url("/x"), code=2).output


def test_robots_txt_is_kept_to(patella, site: Site) -> None:
    url = site.html("/private/sitting", SITTING)
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private")
    report = as_json(patella("add", "--json", url, code=1))
    assert "robots.txt" in report["files"][0]["reason"]


def sitemap(*entries: str, kind: str = "urlset") -> bytes:
    return (
        f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(entries)
        + f"</{kind}>"
    ).encode()


def entry(url: str, lastmod: str = "") -> str:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>{url}</loc>{changed}</url>"


def test_a_sitemap_index_with_packed_sitemaps(patella, site: Site) -> None:
    sitting, bees = site.html("/sitting", SITTING), site.html("/bees", BEES)
    strange = "http://elsewhere.example/x"
    site.pages["/a.xml.gz"] = Reply(
        gzip.compress(sitemap(entry(sitting, "2026-01-01"), entry(strange)))
    )
    site.pages["/b.xml"] = Reply(sitemap(entry(bees)))
    site.pages["/sitemap.xml"] = Reply(sitemap(
        f"<sitemap><loc>{site.url('/a.xml.gz')}</loc></sitemap>",
        f"<sitemap><loc>{site.url('/b.xml')}</loc></sitemap>", kind="sitemapindex",
    ))  # fmt: skip
    report = as_json(patella("add", "--json", site.url("/sitemap.xml"), code=1))
    assert {f["path"]: f["state"] for f in report["files"]} == {
        sitting: "added", bees: "added", site.url("/sitemap.xml"): "failed",
    }  # fmt: skip
    assert "1 of the addresses" in report["files"][-1]["reason"]
    site.pages["/a.xml.gz"] = Reply(gzip.compress(sitemap(entry(sitting, "2026-01-01"))))
    site.asked.clear()
    patella("index")
    # what the sitemap says has not changed is not asked for
    assert site.paths() == ["/sitemap.xml", "/a.xml.gz", "/b.xml", "/bees"]
    site.html("/sitting", SITTING + "<p>Stand up often.</p>")
    stairs = site.html("/stairs", STAIRS)
    site.pages["/a.xml.gz"] = Reply(
        gzip.compress(sitemap(entry(sitting, "2026-02-01"), entry(stairs)))
    )
    assert states(patella("index", "--json")) == {
        sitting: "changed",
        bees: "unchanged",
        stairs: "added",
    }
    # no longer listed: it stays for as long as it is there
    site.pages["/b.xml"] = Reply(sitemap())
    assert states(patella("index", "--json"))[bees] == "unchanged"
    # a sitemap that breaks takes nothing away
    site.pages["/sitemap.xml"] = Reply(b"", 500)
    report = as_json(patella("index", "--json", code=1))
    assert report["counts"] == {"failed": 1, "unchanged": 3}
    site.pages["/sitemap.xml"] = Reply(
        sitemap(entry(sitting, "2026-02-01"), entry(stairs), entry(bees))
    )
    site.pages["/stairs"] = Reply(b"", 410)
    assert states(patella("index", "--json"))[stairs] == "removed"
    # still listed, and known to be gone: no fault any more, until it comes back
    assert states(patella("index", "--json")) == {sitting: "unchanged", bees: "unchanged"}
    site.html("/stairs", STAIRS)
    assert states(patella("index", "--json"))[stairs] == "added"
    site.pages["/sitemap.xml"] = Reply(b"", 500)
    # an editor's choice stays, and is not even fetched
    patella("remove", bees)
    site.asked.clear()
    patella("index", code=1)
    assert "/bees" not in site.paths()
    assert set(documents(patella)) == {"sitting", "stairs"}
    patella("add", bees, code=1)
    assert set(documents(patella)) == {"sitting", "stairs", "bees"}
    patella("remove", site.url("/sitemap.xml"))
    assert documents(patella) == {}


def test_pages_that_name_one_canonical_address_are_all_kept(patella, site: Site) -> None:
    head = '<link rel="canonical" href="/">'
    pages = [site.html("/sitting", SITTING, head=head), site.html("/bees", BEES, head=head)]
    site.pages["/sitemap.xml"] = Reply(sitemap(*map(entry, pages)))
    report = as_json(patella("add", "--json", site.url("/sitemap.xml")))
    assert report["counts"] == {"added": 2}
    assert len(documents(patella)) == 2


def test_one_page_at_two_addresses_is_one_document(patella, site: Site, tmp_path) -> None:
    one, two = site.html("/a", SITTING), site.html("/b", SITTING)
    (tmp_path / "saved.html").write_bytes(site.pages["/a"].body)
    report = as_json(patella("add", "--json", one, two, tmp_path / "saved.html"))
    assert report["counts"] == {"added": 1, "duplicate": 2}
    assert len(documents(patella)) == 1


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Knees</title><link>/</link>
<item><title>Sitting</title><link>{0}</link></item><item><title>No link</title></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Knees</title>
<entry><title>Bees</title><link rel="alternate" href="/bees"/></entry></feed>"""


def test_feeds_are_read_and_what_falls_off_them_stays(patella, site: Site) -> None:
    sitting, bees = site.html("/sitting", SITTING), site.html("/bees", BEES)
    site.pages["/rss"] = Reply(RSS.format(sitting).encode())
    site.pages["/atom"] = Reply(ATOM.encode())
    report = patella("add", "--json", site.url("/rss"), site.url("/atom"))
    assert states(report) == {sitting: "added", bees: "added"}
    stairs = site.html("/stairs", STAIRS)
    site.pages["/rss"] = Reply(RSS.format(stairs).encode())
    assert states(patella("index", "--json")) == {
        sitting: "unchanged", stairs: "added", bees: "unchanged",
    }  # fmt: skip
    kinds = {s["address"]: s["kind"] for s in as_json(patella("status", "--json"))["sources"]}
    assert kinds[site.url("/rss")] == kinds[site.url("/atom")] == "feed"
    patella("remove", site.url("/rss"))
    assert set(documents(patella)) == {"bees"}


def test_a_feed_with_entities_is_not_read(patella, site: Site) -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa">]>'
        b'<rss version="2.0"><channel><title>&a;</title></channel></rss>'
    )
    site.pages["/rss"] = Reply(bomb)
    result = patella("add", "--json", site.url("/rss"), code=1)
    assert set(states(result).values()) == {"failed"}


def test_what_a_page_is_its_content_tells(patella, site: Site) -> None:
    site.pages["/notes.md"] = Reply(
        b"# Stairs\n\nGo down slowly, one step at a time.", headers={"Content-Type": "text/plain"}
    )
    site.pages["/x"] = Reply(b"\x89PNG\r\n\x1a\nrest", headers={"Content-Type": "text/html"})
    report = patella("add", "--json", site.url("/notes.md"), site.url("/x"), code=1)
    assert states(report) == {site.url("/notes.md"): "added", site.url("/x"): "failed"}
    assert documents(patella)["notes"]["title"] == "Stairs"


def test_the_server_s_word_for_the_encoding_is_kept(patella, site: Site) -> None:
    page = "<html lang=ru><body><p>Боль в колене часто проходит, если снизить нагрузку.</p></body>"
    for path, stated in (("/a", "; charset=koi8-r"), ("/b", "; charset=windows-1251")):
        headers = {"Content-Type": f"text/html{stated}"}
        site.pages[path] = Reply(page.encode("cp1251"), headers=headers)
    report = patella("add", "--json", site.url("/b"))
    assert states(report) == {site.url("/b"): "added"}
    assert "Боль в колене" in patella("show", "b", "--text").stdout
    # the same bytes under another encoding are another text
    patella("add", site.url("/a"))
    assert set(documents(patella)) == {"a", "b"}
    assert "Боль" not in patella("show", "a", "--text").stdout
    site.pages["/a"].headers["Content-Type"] = "text/html; charset=windows-1251"
    assert states(patella("index", "--json"))[site.url("/a")] == "duplicate"


def test_standard_input_is_a_document(patella, tmp_path) -> None:
    text = b"# Stairs\n\nGo down slowly, one step at a time."
    assert states(patella("add", "--json", "-", "--name", "stairs.md", stdin=text)) == {
        "stairs.md": "added"
    }
    assert states(patella("index", "--json")) == {"stairs.md": "unchanged"}
    changed = text.replace(b"slowly", b"sideways")
    assert states(patella("add", "--json", "-", "--name", "stairs.md", stdin=changed)) == {
        "stairs.md": "changed"
    }
    assert "sideways" in patella("show", "stairs", "--text").stdout
    for arguments in (["-"], ["-", "--name", "../x.md"], ["--name", "x.md", tmp_path]):
        patella("add", *arguments, stdin=text, code=2)
    assert "Nothing came" in patella("add", "-", "--name", "x.md", stdin=b"", code=2).output
    patella("remove", "stairs.md")
    assert documents(patella) == {}
