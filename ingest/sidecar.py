"""Sidecars: a small YAML file beside a document, in which an editor says what the file does not.

``leaflet.pdf.meta.yaml`` (or ``leaflet.meta.yaml``) belongs to ``leaflet.pdf`` in the same folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SUFFIX = ".meta.yaml"
LARGEST = 2_000_000
"""Bytes; YAML is read slowly, and no real sidecar is as large."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says; ``sha256`` is of its bytes, empty where there is none."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    warnings: tuple[str, ...] = ()


def sidecar_of(path: Path) -> Path | None:
    """Return the sidecar of the file at ``path``, if there is one."""
    for name in (path.name + SUFFIX, path.stem + SUFFIX):
        beside = path.with_name(name)
        if beside.is_file():
            return beside
    return None


def read_sidecar(path: Path | None) -> Sidecar:
    """Read a sidecar. One that cannot be read is told in a warning: its document is read all the same."""
    if path is None:
        return Sidecar()
    try:
        if path.stat().st_size > LARGEST:
            return Sidecar(sha256="large", warnings=(f"{path.name} is too large and is left out.",))
        data = path.read_bytes()
    except OSError as error:
        return Sidecar(sha256="?", warnings=(f"{path.name} cannot be read: {error.strerror}.",))
    sha = hashlib.sha256(data).hexdigest()
    try:
        # BaseLoader makes nothing but text, lists and mappings: it is as safe as the safe one
        fields = yaml.load(data.decode("utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        words = " ".join(str(error).split())[:200]
        return Sidecar({}, sha, (f"{path.name} is left out, as it cannot be read: {words}",))
    if fields is None:
        return Sidecar({}, sha)
    if not isinstance(fields, Mapping):
        return Sidecar({}, sha, (f"{path.name} is left out: it is no mapping of fields.",))
    return Sidecar({str(key): value for key, value in fields.items()}, sha)
