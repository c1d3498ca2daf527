#!/usr/bin/env bash
# Draws the pictures of README and docs anew where they are stale, by the commands that stand above them, and the pictures that the tests
# hold new ones against. `docs/pictures.sh all` draws those that take minutes as well.
set -euo pipefail
cd "$(dirname "$0")/.."
export HEADSTART_DRAW="${1:-stale}"
cargo test --release -p headstart --test pictures
cargo test --release -p headstart-cli --test pictures
cargo test --release -p headstart-cli --test lab page::six_starts
