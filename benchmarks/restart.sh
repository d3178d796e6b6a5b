#!/usr/bin/env bash
# How soon a broker serves again: fills a queue of Apache ActiveMQ Artemis and one of Godwit with durable messages of 512
# bytes, kills both brokers, and starts them in turns, A B B A. Prints for each start the seconds from there to the first
# message delivered, the broker's CPU time until then, the heap in use after a collection, and the memory of the process.
# Then the same for Godwit alone with ten times as many. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/restart.sh [--check] [--messages N] [--godwit-only] [--heap SIZE]
#
#   --check        end with 1 when Godwit takes 2 s or 300 MB of heap or more, or 3 s with ten times the messages
#   --messages N   1,000,000 without it
#   --godwit-only  leave Artemis out
#   --heap SIZE    most that Godwit's heap may take, 1g without it. Artemis may take 4g, or its queue would be paged
#
# What the operating system has cached of the files is dropped before each start where that is allowed (root).
set -euo pipefail

name=restart
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

artemis_version=2.44.0
artemis_port=${ARTEMIS_PORT:-5692}
godwit_port=${GODWIT_PORT:-5693}
messages=1000000
heap=1g
with_artemis=true
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --messages) messages=${2:?--messages needs a number}; shift ;;
        --godwit-only) with_artemis=false ;;
        --heap) heap=${2:?--heap needs a size}; shift ;;
        *) usage ;;
    esac
    shift
done
results=$target/$name/results.txt

end() {
    stop_broker -KILL
    rm -rf "$work/data" "$work/instance/data"
}
trap end EXIT

godwit_command() {
    echo env "GODWIT_JAVA_OPTS=-Xmx$heap" "$godwit" run --data "$work/data/godwit" --port "$godwit_port"
}

artemis_command() {
    echo "$work/instance/bin/artemis" run
}

# Fills the queue of a running broker, and kills the broker.
fill() {
    local broker=$1 count=$2 begin=$SECONDS
    "$godwit" perf --broker "127.0.0.1:$3" --address restart --consumers 0 --count "$count" --size 512 \
        --in-flight 5000 --json >"$work/fill.json" 2>"$work/perf.log" ||
        fail "$broker: filling ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/fill.json")"
    stop_broker -KILL
    say "$broker: $count messages in $((SECONDS - begin)) s, $(du -sm "$4" | cut -f1) MiB of files"
}

fill_artemis() {
    $(artemis_command) >"$work/artemis.log" 2>&1 &
    broker_pid=$!
    await_line "$work/artemis.log" AMQ221007
    fill artemis "$1" "$artemis_port" "$work/instance/data"
}

fill_godwit() {
    # The last turn's output says "ready", too.
    rm -rf "$work/data/godwit" "$work/godwit.out"
    $(godwit_command) >"$work/godwit.out" 2>"$work/godwit.log" &
    broker_pid=$!
    await_line "$work/godwit.out" '^ready '
    fill godwit "$1" "$godwit_port" "$work/data/godwit"
}

restart() {
    local broker=$1 count=$2 port=$3 clock
    sync
    if [ -w /proc/sys/vm/drop_caches ]; then
        echo 3 >/proc/sys/vm/drop_caches
    fi
    clock=$(java -XX:TieredStopAtLevel=1 -cp "$classpath" dev.godwit.benchmarks.restart.RestartClock \
        "$port" restart "$work/$broker-restart.log" 600 $("${broker}_command")) ||
        fail "$broker did not serve; see $work/$broker-restart.log"
    local seconds cpu heap_used rss peak
    read -r broker_pid seconds cpu <<<"$clock"
    heap_used=$(heap_after_collection)
    rss=$(awk '/VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$broker_pid/status")
    peak=$(awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$broker_pid/status")
    kill -KILL "$broker_pid"
    while kill -0 "$broker_pid" 2>/dev/null; do sleep 0.1; done
    broker_pid=
    echo "$broker $count $seconds $heap_used $rss $cpu" >>"$results"
    printf '  %-8s %9d messages: first delivery after %7.3f s (%.2f s of CPU); heap %5d MiB, process %5d MiB, at most %5d MiB\n' \
        "$broker" "$count" "$seconds" "$cpu" "$heap_used" "$rss" "$peak"
}

report() {
    awk -v check="$check" -v messages="$messages" '
        {
            key = $1 " " $2; n[key]++; seconds[key] += $3; heap[key] += $4; rss[key] += $5; cpu[key] += $6
            if (!seen[key]++) order[++keys] = key
        }
        END {
            print "means:"
            for (i = 1; i <= keys; i++) {
                k = order[i]
                printf "  %-18s %8.3f s (%.2f s of CPU)  heap %6.0f MiB  process %6.0f MiB\n", k, seconds[k] / n[k],
                    cpu[k] / n[k], heap[k] / n[k], rss[k] / n[k]
            }
            a = "artemis " messages; g = "godwit " messages; more = "godwit " messages * 10
            if (a in n) {
                printf "  Godwit / Artemis: %.2f of the time, %.2f of the heap\n",
                    (seconds[g] / n[g]) / (seconds[a] / n[a]), (heap[g] / n[g]) / (heap[a] / n[a])
            }
            missed = seconds[g] / n[g] >= 2 || heap[g] / n[g] >= 300 || seconds[more] / n[more] >= 3
            print missed ? "a bar is missed: 2 s and 300 MB, 3 s with ten times the messages" : "all bars hold"
            exit check == "true" && missed
        }' "$results"
}

prepare_godwit
[ "$with_artemis" = false ] || prepare_artemis "-Xms1g -Xmx4g"
: >"$results"
machine
fill_godwit "$messages"
if $with_artemis; then
    fill_artemis "$messages"
    for broker in artemis godwit godwit artemis; do
        port=${broker}_port
        restart $broker "$messages" "${!port}"
    done
    rm -rf "$work/instance/data"
else
    restart godwit "$messages" "$godwit_port"
    restart godwit "$messages" "$godwit_port"
fi
fill_godwit $((messages * 10))
restart godwit $((messages * 10)) "$godwit_port"
restart godwit $((messages * 10)) "$godwit_port"
report
