"""What is known of the last backup: when and where it was made, and whether it was read back since."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.database import now
from corpus.errors import LibraryError
from corpus.originals import write_durably
from corpus.store import Store
from patella import backup_records as records

CHECKED = "checked.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The last one that this library noted; times are ISO 8601, UTC."""

    at: str
    place: str
    snapshot: str
    there: bool
    """Whether its folder can be reached, and the snapshot lies there."""
    checked_at: str
    """When it was last read from end to end; empty where it never was."""
    whole: bool
    """Whether it was found whole then."""

    def words(self) -> str:
        """Return it in a line."""
        made = f"{self.at}, {self.place} ({self.snapshot})"
        if not self.there:
            return f"{made}; not to be reached there now"
        if not self.checked_at:
            return f"{made}; never checked: patella backup {self.place} --check"
        found = "whole" if self.whole else "NOT WHOLE"
        return f"{made}; checked {self.checked_at}: {found}"


@dataclass(frozen=True, slots=True)
class _Checked:
    at: str
    whole: bool


def note_check(target: Path, found: Mapping[str, tuple[str, ...]]) -> None:
    """Keep beside the snapshots when they were read, and which were whole; a disk that may not be
    written keeps nothing."""
    told = {name: asdict(_Checked(now(), not wrong)) for name, wrong in found.items()}
    with contextlib.suppress(LibraryError):
        write_durably(target / CHECKED, json.dumps(told, indent=1).encode())


def last_backup(store: Store) -> LastBackup | None:
    """Return what is known of the last backup; None where none was ever made of this library."""
    noted = store.history.last("backup")
    if noted is None:
        return None
    place, _, snapshot = noted.what.rpartition(": ")
    checked = _checked(Path(place) / CHECKED).get(snapshot)
    return LastBackup(
        at=noted.at,
        place=place,
        snapshot=snapshot,
        there=(Path(place) / records.SNAPSHOTS / snapshot / records.MANIFEST).is_file(),
        checked_at=checked.at if checked else "",
        whole=bool(checked and checked.whole),
    )


def _checked(path: Path) -> dict[str, _Checked]:
    """Read what was noted; what cannot be read was not noted."""
    try:
        told = json.loads(path.read_text("utf-8"))
        return {str(k): _Checked(str(v["at"]), v["whole"] is True) for k, v in told.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
