"""The style sheet, the script and the icon: small, cached under their hash, readable in contrast."""

from __future__ import annotations

import re

import pytest

from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.static_files import FOLDER

client = create_app(FakeService()).test_client()
STYLE = (FOLDER / "site.css").read_text(encoding="utf-8")


def _assets(page: str) -> list[str]:
    return sorted(set(re.findall(r'"(/static/[0-9a-f]{16}/[\w.]+)"', page)))


def test_files_are_cached_for_a_year_under_their_hash() -> None:
    assets = _assets(client.get("/").text)
    assert [name.rpartition("/")[2] for name in assets] and len(assets) == 3
    for address in assets:
        answered = client.get(address)
        assert answered.status_code == 200
        assert answered.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        again = client.get(address, headers={"If-None-Match": answered.headers["ETag"]})
        assert again.status_code == 304


def test_other_hashes_and_names() -> None:
    assert client.get("/static/old/site.css").headers["Cache-Control"] == "public, max-age=3600"
    assert client.get("/static/old/none.css").status_code == 404
    assert client.get("/static/old/../app.py").status_code == 404
    assert client.get("/favicon.ico").headers["Content-Type"].startswith("image/svg+xml")


def test_first_view_is_small() -> None:
    page = client.get("/")
    size = len(page.data) + sum(len(client.get(a).data) for a in _assets(page.text))
    assert size < 100_000
    assert len(STYLE.encode()) < 32_000


def test_styles_load_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def _palette(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", css))


def _light(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(c * 2 for c in color[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


DARK_AT = STYLE.index("@media (prefers-color-scheme: dark)")
LIGHT = _palette(STYLE[:DARK_AT])
DARK = LIGHT | _palette(STYLE[DARK_AT : STYLE.index("*, *::before")])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"), ("ink", "surface"), ("ink", "sunk"), ("muted", "paper"),
        ("muted", "surface"), ("brand", "paper"), ("brand", "surface"), ("brand", "sunk"),
        ("brand-deep", "paper"), ("on-brand", "brand"), ("on-brand", "brand-deep"),
        ("on-mark", "mark"), ("on-mark", "hit"), ("error", "paper"), ("error", "surface"),
        ("amber", "amber-paper"), ("amber", "surface"), ("blue", "blue-paper"),
        ("green", "green-paper"), ("violet", "violet-paper"), ("ink", "amber-paper"),
        ("ink", "blue-paper"), ("ink", "green-paper"),
    ],
)  # fmt: skip
def test_contrast_of_text_is_aa(palette: dict[str, str], text: str, ground: str) -> None:
    assert _contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_of_edges_and_focus(palette: dict[str, str]) -> None:
    assert _contrast(palette["strong-line"], palette["surface"]) >= 3
    assert _contrast(palette["focus"], palette["paper"]) >= 3
    assert _contrast("#ffffff", palette["red"]) >= 4.5
