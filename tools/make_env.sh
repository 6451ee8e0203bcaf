#!/bin/sh
# Makes .venv with CPU torch and Patella in it. Usage: tools/make_env.sh [extra]
set -eu
cd "$(dirname "$0")/.."
extra="${1:-}"

python=""
for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python="$name"
        break
    fi
done
if [ -z "$python" ]; then
    echo "Patella needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt install python3 python3-venv" >&2
    exit 1
fi

if [ ! -x .venv/bin/pip ]; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            apt-get update -qq && apt-get install -y -qq python3-venv
        else
            echo "Python's venv module is missing. Run: sudo apt install python3-venv" >&2
            exit 1
        fi
    fi
    echo "Making .venv ..."
    "$python" -m venv .venv
fi
pip=".venv/bin/pip --disable-pip-version-check --quiet"

tools/cpu_torch.sh .venv constraints.txt

# HASHED=1 takes nothing whose hash is not in requirements.lock. It is not the default: a mirror that
# builds its own wheels gives other hashes, and then this would be the first thing that fails.
if [ -n "${HASHED:-}" ]; then
    echo "Installing what Patella needs, each file by its hash ..."
    $pip install --require-hashes --no-deps -r requirements.lock
fi

echo "Installing Patella and what it needs ..."
$pip install -c constraints.txt -e ".${extra:+[$extra]}"
