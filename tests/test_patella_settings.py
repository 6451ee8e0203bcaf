"""Settings: the data directory's file, the environment over it, and what makes no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import UsageError
from patella.encoders import make_encoder
from patella.settings import load


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={})
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 8000, "shipped")
    assert settings.library_file == tmp_path / "library.db"
    assert settings.inbox_dir == tmp_path / "articles"


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "patella.toml").write_text('port = 9000\nlibrary_name = "Clinic"\n', "utf-8")
    settings = load(tmp_path, environment={"PATELLA_PORT": "9001"})
    assert (settings.port, settings.library_name) == (9001, "Clinic")


def test_the_data_directory_is_a_setting(tmp_path: Path) -> None:
    assert load(environment={"PATELLA_DATA_DIR": str(tmp_path)}).data_dir == tmp_path


def test_trusted_hosts_are_a_list(tmp_path: Path) -> None:
    environment = {"PATELLA_TRUSTED_HOSTS": "knee.example, www.knee.example"}
    assert load(tmp_path, environment=environment).trusted_hosts == (
        "knee.example",
        "www.knee.example",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "prot"),
        ("port = 'x'", "port"),
        ("port = 70000", "port"),
        ("engine = 'warp'", "engine"),
        ("precision = 'int4'", "precision"),
        ("port = ", "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "patella.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message):
        load(tmp_path, environment={})


def test_publishing_is_at_once_or_after_review(tmp_path: Path) -> None:
    assert load(tmp_path, environment={}).publish == "at once"
    assert load(tmp_path, environment={"PATELLA_PUBLISH": "review"}).publish == "review"
    (tmp_path / "patella.toml").write_text("keep_questions = true\nsecond_approval = true\n")
    settings = load(tmp_path, environment={})
    assert (settings.keep_questions, settings.second_approval) == (True, True)
    with pytest.raises(UsageError, match="publish cannot be 'never'"):
        load(tmp_path, environment={"PATELLA_PUBLISH": "never"})


def test_eight_bits_need_the_fast_form(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"PATELLA_PRECISION": "int8"})
    assert settings.precision == "int8"
    assert make_encoder(settings).identity.endswith("/mean/256/int8.1")
    assert load(tmp_path, environment={}).precision == "full"
    with pytest.raises(UsageError, match="contradict each other"):
        make_encoder(replace(settings, engine="reference"))
