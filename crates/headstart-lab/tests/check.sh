#!/bin/sh
# Checks the modules of the page: their types by TypeScript, what a linter finds, and how they are laid out.
#
#     sh crates/headstart-lab/tests/check.sh FOLDER
#
# FOLDER has Deno, which brings all three in one program, or gets it from PyPI: exit code 2 where that cannot be.
set -eu
folder=$1
if ! [ -x "$folder/bin/deno" ]; then
    python3 -m venv "$folder" || exit 2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check 'deno>=2.9,<2.10' || exit 2
fi
cd "$(dirname "$0")/../page"
export DENO_DIR="$folder/cache" DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
"$folder/bin/deno" check ./*.js
"$folder/bin/deno" lint
"$folder/bin/deno" fmt --check
