"""How large the default install is: what each package that Patella needs takes on disk, models included.

Usage: python -m bench.install_size [SITE-PACKAGES …]

A folder of another environment, such as a peer's, is told beside it as a whole.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from bench.peers.environments import size_of
from bench.processes import ROOT

SHOWN = 12


def needed() -> dict[str, int]:
    """Return the bytes of each package that the default install has, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted, sizes = list(project["dependencies"]), {}
    while wanted:
        requirement = Requirement(wanted.pop())
        name = requirement.name.lower().replace("_", "-")
        if name in sizes or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found = importlib.metadata.distribution(name)
        paths = (Path(str(found.locate_file(file))) for file in found.files or ())
        sizes[name] = sum(path.stat().st_size for path in paths if path.is_file())
        wanted += found.requires or ()
    return sizes


def main() -> None:
    """Print the largest, and the sums."""
    sizes = needed()
    largest = sorted(sizes.items(), key=lambda item: -item[1])
    for name, size in largest[:SHOWN]:
        print(f"{size / 1e6:8.1f} MB  {name}")
    print(f"{sum(sizes.values()) / 1e6:8.1f} MB  all {len(sizes)} packages of the default install")
    for folder in sys.argv[1:]:
        print(f"{size_of(Path(folder)) / 1e6:8.1f} MB  {folder}")


if __name__ == "__main__":
    main()
