"""`python -m headstart` is the program."""

from ._command import main

main()
