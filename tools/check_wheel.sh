#!/bin/sh
# Builds the wheel, installs it alone into an empty folder, and does the main job from there.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m pip --quiet wheel --no-deps --wheel-dir "$work" .
.venv/bin/python -m pip --quiet install --no-deps --target "$work/site" "$work"/patella-*.whl
cd "$work"
export PYTHONPATH="$work/site"
python="$OLDPWD/.venv/bin/python"
"$python" -P -c "import corpus, patella; assert corpus.__file__.startswith('$work'), corpus.__file__"
"$python" -P -m patella --data-dir "$work/data" add --shipped --quiet
"$python" -P -m patella --data-dir "$work/data" ask --json "why does sitting hurt my knee" |
    "$python" -c "import json, sys; a = json.load(sys.stdin); assert a['state'] == 'answered', a; print('wheel: answered from', a['quotes'][0]['document']['id'])"
