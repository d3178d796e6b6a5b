#!/usr/bin/env bash
# How soon a consumer with a selector has the one message at the end of a backlog that it wants: fills two queues of a broker
# with durable, numbered messages of 1 KiB, one of which has an index of the number, and prints the milliseconds from the attach to
# the arrival, each time of a consumer with a selector that is new. Then the same of the index after the broker was killed
# and started again. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/selector.sh [--check] [--messages N] [--heap SIZE] [--times N]
#
#   --check        end with 1 when a message of the indexed queue takes 100 ms or more
#   --messages N   in each queue, 1,000,000 without it
#   --heap SIZE    the most that the broker's heap may take, 512m without it: so the messages are on the disk
#   --times N      consumers in a row for each sort of selector, 5 without it
set -euo pipefail

name=selector
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

port=${GODWIT_PORT:-5695}
messages=1000000
heap=512m
times=5
bar=100
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --messages) messages=${2:?--messages needs a number}; shift ;;
        --heap) heap=${2:?--heap needs a size}; shift ;;
        --times) times=${2:?--times needs a number}; shift ;;
        *) usage ;;
    esac
    shift
done

trap remove_broker EXIT

clock() {
    java -XX:TieredStopAtLevel=1 -cp "$classpath" dev.godwit.benchmarks.selector.SelectorClock "$port" "$@" \
        2>"$work/clock.log" || fail "the clock ended with $?: $(tail -n 3 "$work/clock.log")"
}

fill() {
    local begin
    begin=$(date +%s)
    clock "$1" fill "$messages" 1024
    echo "  $messages messages in queue $1 in $(($(date +%s) - begin)) s"
}

find_last() {
    local queue=$1 what=$2 when=$3 count=$4 behind=$5 found
    found=$(clock "$queue" "$what" "$messages" "$count" "$behind")
    echo "  $queue, $what, $when: $found ms"
    if [ "$queue" = indexed ]; then
        for each in $found; do
            awk -v each="$each" -v bar="$bar" 'BEGIN { exit each >= bar }' || missed=true
        done
    fi
}

find_all() {
    find_last indexed equal "$1" "$times" 0
    find_last indexed in "$1" "$times" "$times"
    find_last indexed between "$1" "$times" $((2 * times))
}

prepare_godwit
machine
missed=false
cat >"$work/godwit.yaml" <<'YAML'
addresses:
  - pattern: indexed
    indexed-properties: n
YAML
start_broker "$heap" --config "$work/godwit.yaml"
fill indexed
find_all "index in memory, messages on the disk"
fill plain
find_last plain equal "no index" 1 0
stop_broker -KILL
start_broker "$heap" --config "$work/godwit.yaml"
echo "  killed and started again in $start_seconds s"
find_all "after the start"
if $missed; then
    echo "a bar is missed: $bar ms for a message of the indexed queue"
    ! $check
else
    echo "all bars hold: less than $bar ms for each message of the indexed queue"
fi
