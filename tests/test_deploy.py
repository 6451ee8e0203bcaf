"""What is shipped for running Patella as a service: hardened, and of figures that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from patella.settings import Settings
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def words(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(words("alerts.yml"))["groups"]
    return group["rules"]


def test_each_alert_watches_figures_that_are_told() -> None:
    client = create_app(FakeService(answer=ANSWERED)).test_client()
    client.get("/api/v1/ask?q=taping")
    told = client.get("/metrics").text
    known = set(re.findall(r"^(patella_\w+?)(?:\{| )", told, re.MULTILINE))
    # a counter with labels is told once something was counted
    known.add("patella_red_flags_total")
    assert "# HELP patella_red_flags_total" in told
    assert len(alerts()) == 7
    for rule in alerts():
        named = set(re.findall(r"\bpatella_\w+", rule["expr"]))
        assert named
        assert named <= known, rule["alert"]
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["do"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_labels_that_alerts_name_are_told() -> None:
    client = create_app(FakeService(answer=ANSWERED)).test_client()
    for path in ("/api/v1/ask?q=taping", "/search?q=taping"):
        client.get(path)
    told = client.get("/metrics").text
    assert 'state="answered"' in told
    for route in ("/search", "/api/v1/ask"):
        assert f'patella_request_seconds_bucket{{le="1.0",route="{route}"}}' in told


def test_the_container_is_small_and_may_do_little() -> None:
    stages = words("Dockerfile").split("\nFROM ")
    assert len(stages) == 3
    last = stages[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "pip install" not in last
    assert "--require-hashes" in stages[1]
    assert ":latest" not in words("Dockerfile")
    copied = set(re.findall(r"^COPY (\w+) \1$", stages[1], re.MULTILINE))
    assert copied == {"answer", "corpus", "index", "ingest", "patella", "webapp"}
    kept = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    files = set(re.search(r"^COPY (requirements.*) \./$", stages[1], re.MULTILINE)[1].split())  # type: ignore[index]
    assert kept == copied | files
    assert all((ROOT / name).exists() for name in kept)


def test_the_composition_is_read_only_and_hides_the_library_behind_the_proxy() -> None:
    services = yaml.safe_load(words("compose.yaml"))["services"]
    library = services["patella"]
    assert library["read_only"] is True
    assert library["cap_drop"] == ["ALL"]
    assert library["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in library
    assert library["networks"]["inside"]
    inside = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert library["environment"]["PATELLA_TRUSTED_PROXY"] == inside
    names = {f"PATELLA_{one.name.upper()}" for one in fields(Settings)}
    assert set(library["environment"]) <= names


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_the_unit_is_sound_and_hardened(tmp_path: Path) -> None:
    unit = tmp_path / "patella.service"
    unit.write_text(
        re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", words("patella.service")), "utf-8"
    )
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr.strip()) == (0, "")
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    level = re.search(r"exposure level for \S+ ([\d.]+)", told)
    assert level
    assert float(level[1]) <= 2.0


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_takes_no_strangers_word_and_shows_no_figures(name: str) -> None:
    told = words(name)
    assert re.search(r"X-Forwarded-For \S*remote", told)
    assert "proxy_add_x_forwarded_for" not in told
    assert "/metrics" in told
    assert re.search(r"flush_interval -1|proxy_buffering off", told)
