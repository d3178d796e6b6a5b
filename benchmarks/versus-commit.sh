#!/usr/bin/env bash
# What an older commit's broker and this tree's need of CPU for a message of 1 KiB in and out, loaded alike by this tree's
# `godwit perf`: durable and non-durable, with a batching generator. Takes turns A B B A,
# each with a fresh broker and fresh data. Builds the older commit's zip, once, in a worktree of its own; of this tree it
# takes what `mvn -q -DskipTests package` has built.
#
#   benchmarks/versus-commit.sh [--check] [--quick] [COMMIT]
#
#   --check  end with 1 when this tree needs more than 1.15 times the CPU per message
#   COMMIT   default: the first broker that kept what it confirmed
set -euo pipefail

name=versus-commit
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

godwit_port=${GODWIT_PORT:-5695}
commit=7bafb79
warmup_seconds=10
case_seconds=15
rounds=2
check=false
while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --quick) warmup_seconds=6; case_seconds=6; rounds=1 ;;
        -*) usage ;;
        *) commit=$1 ;;
    esac
    shift
done
results=$work/results.txt
tree=$target/zips/$commit

end() {
    stop_broker -KILL
    leave_older
}
trap end EXIT

# Takes away what a build of the older commit has left, ended or not.
leave_older() {
    if [ -e "$tree" ]; then
        git -C "$root" worktree remove --force "$tree" || rm -rf "$tree"
        git -C "$root" worktree prune
    fi
}

# The launcher of the older commit's zip, which is kept for the next time.
prepare_older() {
    local kept=$target/zips/$commit.zip
    if [ ! -f "$kept" ]; then
        say "building $commit"
        mkdir -p "$target/zips"
        leave_older
        git -C "$root" worktree add --quiet --detach --force "$tree" "$commit" || fail "$commit cannot be checked out"
        (cd "$tree" && mvn -q -B -DskipTests -Dspotless.check.skip -pl distribution -am package) ||
            fail "$commit does not build"
        cp "$tree"/distribution/target/godwit-*.zip "$kept"
        leave_older
    fi
    unpack "$kept" "$work/older"
    older=$(echo "$work"/older/*/bin/godwit)
}

measure() {
    local who=$1 what=$2
    shift 2
    "$godwit" perf --broker "127.0.0.1:$godwit_port" --server-pid "$broker_pid" --address "$what" --in-flight 1000 \
        --warmup "$warmup_seconds" --duration "$case_seconds" --json "$@" >"$work/perf.json" 2>"$work/perf.log" ||
        fail "$who, $what: perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/perf.json")"
    echo "$what $who $(figure serverCpuMicrosPerMessage "$work/perf.json") $(figure receivedPerSecond "$work/perf.json")" \
        >>"$results"
    tail -n 1 "$results" | awk '{ printf "  %-12s %-6s %7.2f µs CPU per message, %8.0f messages/s\n", $1, $2, $3, $4 }'
}

turn() {
    local who=$1 launcher=$2
    rm -rf "$work/data/godwit" "$work/godwit.out"
    GODWIT_JAVA_OPTS='-Xms2g -Xmx2g' "$launcher" run --data "$work/data/godwit" --port "$godwit_port" \
        >"$work/godwit.out" 2>"$work/godwit.log" &
    broker_pid=$!
    await_line "$work/godwit.out" '^ready '
    measure "$who" durable
    measure "$who" non-durable --non-durable
    stop_broker -KILL
}

report() {
    awk -v check="$check" '
        { n[$1, $2]++; cpu[$1, $2] += $3 }
        !seen[$1]++ { order[++cases] = $1 }
        END {
            for (i = 1; i <= cases; i++) {
                c = order[i]
                older = cpu[c, "older"] / n[c, "older"]; newer = cpu[c, "newer"] / n[c, "newer"]
                miss = newer / older > 1.15
                missed += miss
                printf "%-12s %.2f µs CPU per message then, %.2f µs now: %.2f times; bar 1.15%s\n", c, older, newer,
                    newer / older, miss ? "  MISSED" : ""
            }
            exit check == "true" && missed > 0
        }' "$results"
}

prepare_godwit
prepare_older
: >"$results"
machine
for ((round = 0; round < rounds; round++)); do
    turn older "$older"
    turn newer "$godwit"
    turn newer "$godwit"
    turn older "$older"
done
report
