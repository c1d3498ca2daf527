#!/bin/sh
# Fetches axe-core, which finds what keeps people from using a page, into a folder; there already, it is left as it is.
#
#   axe.sh FOLDER
#
# It is in a wheel of the Python Package Index, and takes no browser's or JavaScript's package manager that way.
set -eu
folder=$1
if [ -f "$folder/axe.min.js" ]; then
    exit 0
fi
python3 -m venv "$folder/python"
"$folder/python/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" "axe-playwright-python==0.1.8"
python3 - "$folder" <<'PYTHON'
import pathlib
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
wheel = zipfile.ZipFile(next(folder.glob("axe_playwright_python-*.whl")))
part = folder / "axe.part"
part.write_bytes(wheel.read("axe_playwright_python/axe.min.js"))
part.rename(folder / "axe.min.js")
PYTHON
