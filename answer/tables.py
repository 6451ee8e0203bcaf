"""The tables that come with this room, as TOML files beside its modules."""

from __future__ import annotations

import importlib.resources
import tomllib
from typing import Any


def table(name: str) -> dict[str, Any]:
    """Read the file ``name`` of this room."""
    text = importlib.resources.files("answer").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)
