#!/usr/bin/env bash
# What many queues cost on one node: makes them by sending one durable message to each, kills the broker, and starts it again.
# Prints the seconds until it is ready and the heap in use after a collection: idle, and when a consumer of each queue has
# taken its message. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/many-queues.sh [--check] [--queues N] [--heap SIZE]
#
#   --check      end with 1 when the start takes 10 s or more, any heap is 1 GB or more, or a message is missing
#   --queues N   100,000 without it; a multiple of 10
#   --heap SIZE  the most that the broker's heap may take, 1g without it
set -euo pipefail

name=many-queues
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

port=${GODWIT_PORT:-5696}
queues=100000
heap=1g
heap_bar=1000
start_bar=10
rounds=10
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --queues) queues=${2:?--queues needs a number}; shift ;;
        --heap) heap=${2:?--heap needs a size}; shift ;;
        *) usage ;;
    esac
    shift
done

trap remove_broker EXIT

# A tenth of the queues at a time, with a link to each of the first kind and none of the second; adds what came to received.
each_tenth() {
    local part=$((queues / rounds)) round
    for ((round = 0; round < rounds; round++)); do
        "$godwit" perf --broker "127.0.0.1:$port" --address "many-$round" --queues "$part" --connections 10 \
            --count "$part" --size 512 --credit 1 --json "$1" "$part" "$2" 0 \
            >"$work/perf.json" 2>"$work/perf.log" ||
            fail "perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/perf.json")"
        received=$((received + $(figure received "$work/perf.json")))
    done
}

collect() {
    heap_used=$(heap_after_collection)
    [ "$heap_used" -lt "$heap_bar" ] || missed=true
}

prepare_godwit
machine
missed=false
received=0
start_broker "$heap"
begin=$(date +%s)
each_tenth --producers --consumers
collect
echo "  $queues queues made in $(($(date +%s) - begin)) s; heap $heap_used MiB, $(du -sm "$work/data" | cut -f1) MiB of files"
stop_broker -KILL
start_broker "$heap"
collect
echo "  killed and ready again in $start_seconds s; heap $heap_used MiB"
awk "BEGIN { exit !($start_seconds < $start_bar) }" || missed=true
begin=$(date +%s)
received=0
each_tenth --consumers --producers
collect
echo "  $received messages taken by consumers of all queues in $(($(date +%s) - begin)) s; heap $heap_used MiB"
[ "$received" = "$queues" ] || missed=true
if $missed; then
    echo "a bar is missed: $queues queues, ready in less than $start_bar s, less than $heap_bar MB of heap"
    ! $check
else
    echo "all bars hold: ready in less than $start_bar s, less than $heap_bar MB of heap"
fi
