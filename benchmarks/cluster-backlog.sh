#!/usr/bin/env bash
# How long clients of a cluster wait when brokers die that have a long queue: three nodes of Godwit on this machine, with a
# backlog of durable messages of 512 bytes. Several times each:
#
#   failover          the active node is killed, and stays away
#   active-restarted  the active node is killed, and started again at once
#   all-restarted     all three are killed, and started again at once
#
# Prints the seconds from the kill, or from the start of the last process, until the next message was confirmed, and until a new
# consumer had one of the backlog; of starts also from when the virtual machine of that process was up. The clients are ours, and
# were connected before; nodes start with an archive of classes (`godwit archive-classes`). Nodes die by SIGKILL; what the system has cached of their files stays. Then, what the nodes' logs say of
# it. Builds nothing: run `mvn -q -DskipTests package` before. Needs 5 GiB of memory. Takes about 4 minutes, an hour at most.
#
#   benchmarks/cluster-backlog.sh [--messages N] [--rounds N] [--check]
#
#   --messages N  in the backlog, 1,000,000 without it
#   --rounds N    times of each, 3 without it
#   --check       end with 1 when any of it takes more than 3 s
set -euo pipefail

name=cluster-backlog
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

godwit_port=${GODWIT_PORT:-5740}
cluster_port=${CLUSTER_PORT:-7160}
messages=1000000
rounds=3
check=false
while [ $# -gt 0 ]; do
    case $1 in
        --messages) messages=${2:?--messages needs a number}; shift ;;
        --rounds) rounds=${2:?--rounds needs a number}; shift ;;
        --check) check=true ;;
        *) usage ;;
    esac
    shift
done
results=$work/results.txt
clock_pid=

end() {
    if [ -n "$clock_pid" ]; then
        kill -KILL "$clock_pid" 2>/dev/null || true
    fi
    kill_nodes
    rm -rf "$work/data"
}
trap end EXIT

fill() {
    local begin=$SECONDS
    timeout 900 "$godwit" perf --broker "127.0.0.1:$(client_port "$(active_node)")" --address backlog --consumers 0 \
        --count "$messages" --size 512 --in-flight 5000 --json >"$work/fill.json" 2>"$work/perf.log" ||
        fail "filling ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$work/fill.json")"
    await_copies
    say "$messages messages in $((SECONDS - begin)) s, $(du -sm "$work/data/n1" | cut -f1) MiB of files at a node"
}

# The client, which is asked by a line.
start_clock() {
    local node uris=()
    for node in $nodes; do
        uris+=("amqp://127.0.0.1:$(client_port "$node")")
    done
    local uri
    uri=$(IFS=,; echo "failover:(${uris[*]})?failover.maxReconnectDelay=50&transport.connectTimeout=2000")
    coproc clock {
        exec java "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$target/classes:$target/clients/*" \
            dev.godwit.benchmarks.cluster.OutageClock "$uri" backlog 512 60 2>"$work/clock.log"
    }
    clock_pid=$!
    # It has loaded what it needs.
    ask
    ask
}

# Sets answer: when a message was confirmed, and when one was received.
ask() {
    echo >&"${clock[1]}"
    read -r -t 90 answer <&"${clock[0]}" || fail "nobody was served within 90 s; see $work/clock.log and $work/n?.log"
}

# When the virtual machine of a process was up.
jvm_up() {
    jcmd "$1" PerfCounter.print | sed -n 's/^sun.rt.createVmEndTime=//p'
}

# What nodes did since a moment, by their logs: milliseconds from then.
phases() {
    local since=$1 node line
    for node in $nodes; do
        grep -hE 'event loops over|listens for others|is in cluster|leads all shards|told in|is active after' \
            "$work/n$node-logs/godwit.log" | tail -n 40 |
            while read -r line; do
                echo "$(($(date -d "${line%% *}" +%s%3N) - since)) n$node $(cut -d' ' -f4- <<<"$line" | tr -s ' ')"
            done
    done | awk '$1 >= 0' | sort -n
}

note() {
    local what=$1 began=$2 up=$3
    echo "$what $began $up $answer" >>"$results"
    { echo "$what"; phases "$began"; } >>"$work/phases.txt"
    awk -v what="$what" -v began="$began" '{
        printf "  %-18s confirmed after %d ms, received after %d ms\n", what, $1 - began, $2 - began }' <<<"$answer" >&2
}

failover() {
    local active began
    active=$(active_node)
    began=$(now_millis)
    kill_node "$active"
    ask
    note failover "$began" 0
    start_node "$active"
    await_copies
}

active_restarted() {
    local active began
    active=$(active_node)
    kill_node "$active"
    began=$(now_millis)
    start_node "$active"
    ask
    note active-restarted "$began" "$(jvm_up "${node_pid[$active]}")"
    await_copies
}

all_restarted() {
    local node began
    kill_nodes
    for node in $nodes; do
        began=$(now_millis)
        start_node "$node"
    done
    ask
    note all-restarted "$began" "$(jvm_up "${node_pid[3]}")"
    await_copies
}

prepare_godwit
"$godwit" archive-classes >"$work/classes.log" 2>&1 || fail "no archive of classes was made; see $work/classes.log"
: >"$results"
machine
start_cluster
fill
start_clock
for ((round = 0; round < rounds; round++)); do
    failover
    active_restarted
    all_restarted
done
cat "$work/phases.txt"
java -XX:TieredStopAtLevel=1 -cp "$target/classes" dev.godwit.benchmarks.cluster.OutageReport "$results" "$check"
