"""Sidecars: a small YAML file beside a document, in which an editor says what the file does not.

``leaflet.pdf.meta.yaml`` (or ``leaflet.meta.yaml``) belongs to ``leaflet.pdf`` in the same folder.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SUFFIX = ".meta.yaml"
MEND_HINT = "The document is read without it: mend it, and it is taken up at the next run."
LARGEST = 2_000_000
"""Bytes; YAML is read slowly, and no real sidecar is as large."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The bytes of a sidecar, their SHA-256 (empty where there is no sidecar), and what went wrong."""

    name: str = ""
    sha256: str = ""
    warning: str = ""
    data: bytes = b""


NOTHING = Beside()
"""No sidecar."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says; ``sha256`` is of its bytes, empty where there is none."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    name: str = ""
    warnings: tuple[str, ...] = ()


def sidecar_of(path: Path) -> Path | None:
    """Return the sidecar of the file at ``path``, if there is one."""
    for name in (path.name + SUFFIX, path.stem + SUFFIX):
        beside = path.with_name(name)
        if beside.is_file():
            return beside
    return None


def is_lone(path: Path) -> bool:
    """Tell whether a sidecar has no file beside it that it could be of."""
    name = path.name.removesuffix(SUFFIX)
    try:
        others = [one for one in path.parent.glob(f"{glob.escape(name)}*") if one != path]
    except OSError:
        return False
    return not any(name in (one.name, one.stem) for one in others)


def load_sidecar(path: Path | None) -> Beside:
    """Return the bytes of a sidecar; one that cannot be read is told in a warning."""
    if path is None:
        return Beside()
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        return Beside(path.name, "?", f"{path.name} cannot be read: {error.strerror}.")
    if data is None:
        return Beside(path.name, "large", f"{path.name} is too large and is left out.")
    return Beside(path.name, hashlib.sha256(data).hexdigest(), data=data)


def parse_sidecar(beside: Beside) -> Sidecar:
    """Return what a sidecar says. One that cannot be read is told: its document is read all the same."""
    if not beside.sha256:
        return Sidecar()
    if beside.warning:
        return Sidecar(sha256=beside.sha256, warnings=(beside.warning,))
    fields, fault = _fields(beside.data)
    told = (f"{beside.name} is left out{fault} {MEND_HINT}",) if fault else ()
    return Sidecar(fields, beside.sha256, beside.name, told)


def read_sidecar(path: Path | None) -> Sidecar:
    """Read a sidecar."""
    return parse_sidecar(load_sidecar(path))


def _fields(data: bytes) -> tuple[Mapping[str, Any], str]:
    """Return the fields, and what is wrong where there are none to be had."""
    try:
        # BaseLoader makes nothing but text, lists and mappings: it is as safe as the safe one
        fields = yaml.load(data.decode("utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        return {}, f", as it cannot be read: {' '.join(str(error).split())[:200]}"
    if not isinstance(fields, Mapping):
        return {}, "" if fields in (None, "") else ": it is no mapping of fields."
    return {str(key): value for key, value in fields.items()}, ""
