#!/bin/sh
# Makes a Python environment in a folder, with what the tests of the package need; there already, it is left as it is.
#
#   environment.sh FOLDER [PYTHON]
set -eu
here=$(dirname "$0")
folder=$1
python=${2:-python3}
needs=$("$python" - "$here/../../../pyproject.toml" <<'PYTHON'
# Python 3.10 has no reader of TOML: the list of what the tests need is one package a line.
import re
import sys

text = open(sys.argv[1]).read()
tests = re.search(r"^test = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE).group(1)
always = re.search(r"^dependencies = \[(.*?)\]", text, re.DOTALL | re.MULTILINE).group(1)
print("\n".join(re.findall(r'"([^"]+)"', always + tests)))
PYTHON
)
if [ "$(cat "$folder/needs" 2>/dev/null)" = "$needs" ]; then
    exit 0
fi
"$python" -m venv "$folder"
printf '%s\n' "$needs" >"$folder/needs.txt"
# PyTorch brings gigabytes: uv fetches and unpacks several packages at a time. Without it pip does the same, and takes minutes.
if "$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv; then
    "$folder/bin/python" -m uv pip install --quiet --python "$folder/bin/python" --requirement "$folder/needs.txt"
else
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$folder/needs.txt"
fi
printf '%s\n' "$needs" >"$folder/needs"
