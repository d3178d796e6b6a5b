#!/usr/bin/env bash
# Drains a backlog far larger than the broker's heap, and backlogs that stay in memory, and compares the rates.
# Takes turns A B B A on one broker with -Xmx512m: A is the second half of 100 backlogs of 10,000 messages, one after the
# other; B is one backlog of 5 million. Drops the page cache before each drain of B where it may. Builds nothing: run
# `mvn -q -DskipTests package` before.
#
#   benchmarks/backlog.sh [--check] [--messages N]
#
#   --check       fail when the long backlog drains at less than 70 % of the rate of the short ones, or anything is lost
#   --messages N  in the long backlog; default 5000000
#
# Generator and broker share the machine's cores: only the ratio means anything.
set -euo pipefail

name=backlog
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

heap=512m
messages=5000000
short=10000
rounds=100
bar=0.70
check=
port=${GODWIT_PORT:-5692}

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=1 ;;
        --messages) messages=${2:?--messages needs a number}; shift ;;
        *) usage ;;
    esac
    shift
done

results=$work/results.txt

end() {
    remove_broker
    rm -rf "$work/godwit"
}
trap end EXIT

# Before a drain of the long backlog.
drop_page_cache() {
    if [ -w /proc/sys/vm/drop_caches ]; then
        sync
        echo 3 >/proc/sys/vm/drop_caches
    fi
}

perf() {
    local json=$1
    shift
    "$godwit" perf --broker "127.0.0.1:$port" --server-pid "$broker_pid" --json --drain-timeout 60 "$@" \
        >"$json" 2>"$work/perf.log" || fail "perf $* ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$json")"
}

note() {
    echo "$*" >>"$results"
    echo "$*" | awk '{ printf "  %-6s %-6s %9.0f/s  broker CPU %6.2f µs a message  resident %4.0f MiB\n",
        $1, $2, $3, $4, $5 / 1024 }' >&2
}

turn_short() {
    local json=$work/short.json
    perf "$json" --address "short-$1" --backlog --in-turn --queues $rounds --producers $rounds --consumers $rounds \
        --count $((short * rounds))
    note short write "$(figure confirmedPerSecond "$json" 1)" "$(figure serverCpuMicrosPerMessage "$json" 1)" "$(
        figure serverResidentKib "$json")"
    note short drain "$(figure receivedPerSecond "$json" 2)" "$(figure serverCpuMicrosPerMessage "$json" 2)" "$(
        figure serverResidentKib "$json")"
}

turn_long() {
    local json=$work/long.json
    perf "$json" --address "long-$1" --consumers 0 --count "$messages"
    note long write "$(figure confirmedPerSecond "$json")" "$(figure serverCpuMicrosPerMessage "$json")" "$(
        figure serverResidentKib "$json")"
    drop_page_cache
    perf "$json" --address "long-$1" --producers 0 --count "$messages"
    note long drain "$(figure receivedPerSecond "$json")" "$(figure serverCpuMicrosPerMessage "$json")" "$(
        figure serverResidentKib "$json")"
}

prepare_godwit
: >"$results"
machine
[ -w /proc/sys/vm/drop_caches ] || say "the page cache is warm when the long backlog is drained"
start_broker "$heap"
say "warming up"
perf "$work/warmup.json" --address warmup --backlog --count 500000
turn_short 1
turn_long 1
turn_long 2
turn_short 2
! grep -q OutOfMemoryError "$work/godwit.log" || fail "the broker ran out of memory; see $work/godwit.log"
awk -v bar="$bar" -v check="$check" -v messages="$messages" -v short="$short" '
    $2 == "drain" { n[$1]++; rate[$1] += $3; cpu[$1] += $4 }
    END {
        ratio = (rate["long"] / n["long"]) / (rate["short"] / n["short"])
        printf "drain of %d: %.0f/s, of %d: %.0f/s, ratio %.2f (at least %.2f); broker CPU %.2f and %.2f µs a message\n",
            messages, rate["long"] / n["long"], short, rate["short"] / n["short"], ratio, bar,
            cpu["long"] / n["long"], cpu["short"] / n["short"]
        exit check && ratio < bar
    }' "$results"
