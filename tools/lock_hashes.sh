#!/bin/sh
# Writes requirements.lock: what constraints.txt pins for running Patella, with the hashes of its files.
# torch is left out: its CPU build comes from another place than the plain one, with other hashes.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-package torch --no-emit-package triton \
    -c constraints.txt pyproject.toml -o requirements.lock
# what a torch with CUDA would bring
.venv/bin/python - <<'PY'
import re
from pathlib import Path

path = Path("requirements.lock")
blocks = re.split(r"\n(?=[a-zA-Z])", path.read_text("utf-8").strip())
kept = [b for b in blocks if not re.match(r"(?:nvidia|cuda|triton|torch)\b", b)]
head = "# Made by: make lock. Used by: make env HASHED=1, and the container.\n"
path.write_text(head + "\n".join(kept) + "\n", "utf-8")
PY
