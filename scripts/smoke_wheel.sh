#!/usr/bin/env bash
# Install a wheel into an environment of its own and do the main job with it, away from the checkout.
# usage: smoke_wheel.sh WHEEL FOLDER
set -euo pipefail
wheel="$(realpath "$1")"
folder="$2"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "$wheel"
cd "$folder"
export CORGEA_HOME="$folder/home"
"$folder/venv/bin/corgea-daemon" check --example >/dev/null
"$folder/venv/bin/corgea-daemon" paths
"$folder/venv/bin/corgea-tui" --help >/dev/null
"$folder/venv/bin/corgea-tui" demo --for 6 | tail -n 15
