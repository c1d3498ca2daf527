"""`python -m headstart.ray` is the program `headstart`, whose trainings run on a Ray cluster."""

from __future__ import annotations

import argparse
import sys

from .. import _native
from .._optional import MissingPackage
from ..errors import HeadstartError
from ._cluster import Cluster


def main() -> int:
    """Does what the command line asks for, on a cluster."""
    parser = argparse.ArgumentParser(
        prog="python -m headstart.ray",
        usage="%(prog)s [--address A] [--workers N] [--cpus N] STUDY.toml --out FILE [...]\n"
        "       %(prog)s [--address A] [--workers N] [--cpus N] COMMAND [...]",
        description="The program headstart, whose trainings run on a Ray cluster; all else is said by headstart COMMAND --help.",
        epilog="examples:\n"
        "  python -m headstart.ray study.toml --out study.db --address auto\n"
        "  python -m headstart.ray compare --data digits --seeds 1000\n"
        "  python -m headstart.ray study resume study.db --workers 64",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument(
        "--address", help="of the cluster; auto is the one that runs here [default: that, or a new one]"
    )
    parser.add_argument("--workers", type=int, help="how many trainings at a time [default: as many as there are CPUs]")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of each [default: 1]")
    ours, words = parser.parse_known_args()
    if not words or words[0] in ("-h", "--help"):
        parser.print_help()
        return 0 if words else 2
    if words[0].startswith("-") or words[0].endswith(".toml"):
        words = ["sweep", *_with_config(words)]
    try:
        with Cluster(ours.address, workers=ours.workers, cpus=ours.cpus) as cluster:
            return _native.main(["headstart", *words], cluster._native)
    except (HeadstartError, MissingPackage) as error:
        print(error, file=sys.stderr)
        return 2


def _with_config(words: list[str]) -> list[str]:
    """The words of a study, whose file is said by itself."""
    place = next((i for i, word in enumerate(words) if word.endswith(".toml")), None)
    if place is None or "--config" in words:
        return words
    return ["--config", words[place], *words[:place], *words[place + 1 :]]


sys.exit(main())
