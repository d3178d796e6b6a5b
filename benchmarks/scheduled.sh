#!/usr/bin/env bash
# What scheduled messages cost: sends durable messages of 512 bytes that are all to be given out at one time, to a broker with
# a small heap, and takes them when that time comes. Prints the heap in use after a collection while they wait, after a
# restart while they wait, and when all have been given out; and how long after their time the last one came. Builds nothing:
# run `mvn -q -DskipTests package` before.
#
#   benchmarks/scheduled.sh [--check] [--messages N] [--heap SIZE] [--delay SECONDS]
#
#   --check          end with 1 when any heap is 200 MB or more, or when messages are missing
#   --messages N     1,000,000 without it
#   --heap SIZE      the most that the broker's heap may take, 200m without it
#   --delay SECONDS  when they are to be given out, from the begin: 300 without it. Sending has to be over by then
set -euo pipefail

name=scheduled
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

port=${GODWIT_PORT:-5694}
messages=1000000
heap=200m
heap_bar=200
delay=300
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --messages) messages=${2:?--messages needs a number}; shift ;;
        --heap) heap=${2:?--heap needs a size}; shift ;;
        --delay) delay=${2:?--delay needs a number}; shift ;;
        *) usage ;;
    esac
    shift
done

trap remove_broker EXIT

collect() {
    heap_used=$(heap_after_collection)
    [ "$heap_used" -lt "$heap_bar" ] || missed=true
}

perf() {
    "$godwit" perf --broker "127.0.0.1:$port" --address scheduled --count "$messages" --size 512 --json "$@" \
        >"$work/perf.json" 2>"$work/perf.log" ||
        fail "perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/perf.json")"
}

prepare_godwit
machine
missed=false
start_broker "$heap"
begin=$(date +%s)
perf --consumers 0 --in-flight 5000 --delivery-delay "$delay"
sent=$(date +%s)
[ $((sent - begin)) -lt "$delay" ] || fail "sending took $((sent - begin)) s: choose a longer --delay"
collect
echo "  $messages messages sent in $((sent - begin)) s, $(du -sm "$work/data" | cut -f1) MiB of files; heap $heap_used MiB while they wait"
stop_broker -KILL
start_broker "$heap"
collect
echo "  killed and started again in $start_seconds s; heap $heap_used MiB while they wait"
[ "$(date +%s)" -lt $((begin + delay)) ] || fail "their time has come too soon: choose a longer --delay"
perf --producers 0 --drain-timeout $((delay + 60))
ended=$(date +%s.%N)
received=$(figure received "$work/perf.json")
collect
awk -v late="$(awk "BEGIN { print $ended - $begin - $delay }")" -v received="$received" -v heap="$heap_used" 'BEGIN {
    printf "  %d received, the last one %.1f s after their time (%.0f messages a second); heap %d MiB then\n",
        received, late, received / late, heap }'
[ "$received" = "$messages" ] || missed=true
if $missed; then
    echo "a bar is missed: $messages messages, less than $heap_bar MiB of heap"
    ! $check
else
    echo "all bars hold: less than $heap_bar MiB of heap, with -Xmx$heap"
fi
