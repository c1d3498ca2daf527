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
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$folder/needs.txt"
printf '%s\n' "$needs" >"$folder/needs"
