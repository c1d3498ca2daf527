#!/usr/bin/env bash
# Coverage-guided fuzzing with libFuzzer, on stable Rust; needs a C++ compiler.
#
#   fuzz/run.sh SECONDS [TARGET...]      each target (default: all) for so many seconds, as many at a time as there are cores
#   fuzz/run.sh 0                        the known inputs alone
#   FUZZ_SEED=1 fuzz/run.sh SECONDS      the same inputs every time, as far as the time reaches
#
# Exits with 1 where one panicked, took over 20 seconds or over 512 MB; the input is then in fuzz/artifacts/TARGET. What
# is found on the way goes to fuzz/found/TARGET; fuzz/corpus/TARGET, the seeds, stays as it is.
set -euo pipefail
seconds=${1:?how many seconds for each target}
shift
cd "$(dirname "$0")"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs -a fuzz_targets/*.rs)

# What cargo-fuzz passes, without the sanitizers, which need nightly.
# What threads keep of freed memory is not what an input takes.
export MALLOC_ARENA_MAX=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# With a target of its own, build scripts and macros are built without these flags.
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --quiet --target "$host" --bins

fuzz() {
    local runs=-1
    [ "$seconds" != 0 ] || runs=0
    mkdir -p "found/$1" "artifacts/$1" "corpus/$1"
    local dictionary=()
    [ ! -e "dictionaries/$1" ] || dictionary=("-dict=dictionaries/$1")
    if ! "target/$host/release/$1" -max_total_time="$seconds" -runs="$runs" -seed="${FUZZ_SEED:-0}" -timeout=20 -rss_limit_mb=512 -max_len=65536 \
        -print_final_stats=1 "${dictionary[@]}" -artifact_prefix="artifacts/$1/" "found/$1" "corpus/$1" \
        >"found/$1.log" 2>&1; then
        tail -n 40 "found/$1.log"
        echo "fuzz $1: FAILED; the input is in fuzz/artifacts/$1"
        return 1
    fi
    echo "fuzz $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "found/$1.log") inputs," \
        "$(sed -n 's/^stat::peak_rss_mb: *//p' "found/$1.log") MB at most, nothing found"
}

failed=0
running=0
for target in "${targets[@]}"; do
    fuzz "$target" &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit "$failed"
