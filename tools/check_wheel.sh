#!/bin/sh
# Builds the wheel, installs it into an environment with nothing else in it, and does the main job from there.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m pip --quiet wheel --no-deps --wheel-dir "$work" .
.venv/bin/python -m venv "$work/env"
"$here/tools/cpu_torch.sh" "$work/env" "$here/constraints.txt"
"$work/env/bin/pip" --disable-pip-version-check --quiet install -c "$here/constraints.txt" "$work"/patella-*.whl
cd "$work"
python="$work/env/bin/python"
"$python" -P -c "import corpus, patella; assert corpus.__file__.startswith('$work/env'), corpus.__file__"
"$work/env/bin/patella" --data-dir "$work/data" add --shipped --quiet
"$work/env/bin/patella" --data-dir "$work/data" ask --json "why does sitting hurt my knee" |
    "$python" -c "import json, sys; a = json.load(sys.stdin); assert a['state'] == 'answered', a; print('wheel: answered from', a['quotes'][0]['document']['id'])"
