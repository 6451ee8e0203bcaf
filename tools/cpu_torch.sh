#!/bin/sh
# Installs the pinned torch for the CPU into an environment. Usage: tools/cpu_torch.sh ENVIRONMENT CONSTRAINTS
#
# A plain pin of torch brings gigabytes of CUDA on x86-64. uv knows where the CPU builds are; where
# that place can't be reached, the plain pin is what is left (and CI fails if CUDA came with it).
set -eu
env="$1"
constraints="$2"
pip="$env/bin/pip --disable-pip-version-check --quiet"
torch=$(grep '^torch==' "$constraints")
if ! "$env/bin/python" -c "import sys, importlib.metadata as m; sys.exit(m.version('torch').split('+')[0] != '${torch#torch==}')" 2>/dev/null; then
    echo "Installing $torch for the CPU ..."
    $pip install -c "$constraints" uv
    UV_HTTP_TIMEOUT=60 UV_HTTP_RETRIES=1 "$env/bin/uv" pip install --quiet --python "$env/bin/python" \
        --torch-backend=cpu "$torch" 2>/dev/null || $pip install "$torch"
fi
