"""The program `headstart`, as pip installs it."""

from __future__ import annotations

import sys

from . import _native


def main() -> None:
    """Does what the command line asks for."""
    sys.exit(_native.main(sys.argv))
