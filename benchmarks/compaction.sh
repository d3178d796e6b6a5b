#!/usr/bin/env bash
# What it costs to move stragglers out of old segments: the broker's CPU per message under full load (1 KiB, durable),
# while one message in about fifty goes to a queue that nobody reads, so that every segment keeps some, beside the same load
# with that queue read at once. A B B A, each with a fresh broker and fresh data. Then the journal alone, which does nothing
# else. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/compaction.sh [--check] [--quick]
#
#   --check  end with 1 when the broker needs more than 1.2 times the CPU per message
set -euo pipefail

name=compaction
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

godwit_port=${GODWIT_PORT:-5694}
straggler_rate=500
warmup_seconds=8
case_seconds=20
messages=8000000
rounds=2
check=false
load_pid=
while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --quick) case_seconds=8; messages=2000000; rounds=1 ;;
        *) usage ;;
    esac
    shift
done
results=$target/$name/results.txt

end() {
    [ -z "$load_pid" ] || kill "$load_pid" 2>/dev/null || true
    stop_broker -KILL
    rm -rf "$work/data"
}
trap end EXIT

turn() {
    local kind=$1 consumers=$2
    rm -rf "$work/data/godwit" "$work/godwit.out"
    GODWIT_JAVA_OPTS='-Xms1g -Xmx1g' "$godwit" run --data "$work/data/godwit" --port "$godwit_port" \
        --set journal.segment-size=16MiB >"$work/godwit.out" 2>"$work/godwit.log" &
    broker_pid=$!
    await_line "$work/godwit.out" '^ready '
    "$godwit" perf --broker "127.0.0.1:$godwit_port" --address stragglers --consumers "$consumers" \
        --rate $straggler_rate --warmup 0 --duration $((warmup_seconds + case_seconds + 4)) --json \
        >"$work/stragglers.json" 2>"$work/stragglers.log" &
    load_pid=$!
    "$godwit" perf --broker "127.0.0.1:$godwit_port" --address load --in-flight 1000 --warmup $warmup_seconds \
        --duration $case_seconds --server-pid "$broker_pid" --json >"$work/load.json" 2>"$work/perf.log" ||
        fail "perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/load.json")"
    local bytes
    bytes=$(du -sm "$work/data/godwit" | cut -f1)
    wait "$load_pid" || true
    load_pid=
    stop_broker -KILL
    echo "$kind $(figure serverCpuMicrosPerMessage "$work/load.json") $(figure receivedPerSecond "$work/load.json") $bytes" \
        >>"$results"
    tail -n 1 "$results" | awk '{ printf "  %-8s %7.2f µs CPU per message, %8.0f messages/s, %d MiB of files at the end\n",
        $1, $2, $3, $4 }'
}

report() {
    awk -v check="$check" '
        { n[$1]++; cpu[$1] += $2 }
        END {
            without = cpu["without"] / n["without"]; with = cpu["with"] / n["with"]
            missed = with / without > 1.2
            printf "the broker: %.2f µs CPU per message without stragglers, %.2f µs with: %.2f times; bar 1.20%s\n",
                without, with, with / without, missed ? "  MISSED" : ""
            exit check == "true" && missed
        }' "$results"
}

prepare_godwit
: >"$results"
machine
for kind in without with with without; do
    case $kind in
        without) turn without 1 ;;
        with) turn with 0 ;;
    esac
done
java -Xms1g -Xmx1g "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$classpath" \
    dev.godwit.benchmarks.journal.JournalCompaction "$work/data" $messages $rounds
report
