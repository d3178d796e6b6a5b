#!/usr/bin/env bash
# What a message costs all brokers that keep it: three nodes of Godwit, each of which syncs it to its disk, a majority before it
# is confirmed, beside a pair of Apache ActiveMQ Artemis, a primary that replicates to a backup. Durable messages of 1 KiB, sent
# without waiting for each confirmation and received at once, by Qpid JMS with its defaults, at the broker that serves. Prints
# the CPU time per message of all processes together and of each, user and system, and messages per second. Takes turns
# A B B A, each with fresh brokers and fresh data, all on this machine. Builds nothing: run `mvn -q -DskipTests package` before.
# Needs 7 GiB of memory. Takes about 5 minutes, 2 with --quick, 30 at most.
#
#   benchmarks/cluster-cost.sh [--quick] [--check]
#
#   --quick  shorter turns, for trying it
#   --check  end with 1 when Godwit's nodes together take more than half of the CPU that Artemis' pair takes
#
# A turn counts only if all copies were kept: each process wrote as many bytes, as the kernel says; `godwit cluster status` says
# before and after that no copy is behind; Artemis' logs say that the backup is synchronized, and was not lost.
set -euo pipefail

name=cluster-cost
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

artemis_version=2.44.0
artemis_port=${ARTEMIS_PORT:-5720}
godwit_port=${GODWIT_PORT:-5730}
cluster_port=${CLUSTER_PORT:-7130}
# Touched at the start: what the kernel takes to hand out fresh pages is no message's cost, and whoever runs for long has them.
heap='-Xms2g -Xmx2g -XX:+AlwaysPreTouch'
warmup_seconds=30
case_seconds=20
check=false
while [ $# -gt 0 ]; do
    case $1 in
        --quick)
            warmup_seconds=6
            case_seconds=6
            ;;
        --check) check=true ;;
        *) usage ;;
    esac
    shift
done
results=$work/results.txt
backup_pid=

stop_pair() {
    # The backup first, or it would take over.
    if [ -n "$backup_pid" ]; then
        kill -KILL "$backup_pid" 2>/dev/null || true
        wait "$backup_pid" 2>/dev/null || true
        backup_pid=
    fi
    stop_broker -KILL
}

end() {
    kill_nodes
    stop_pair
    rm -rf "$work/data" "$work/primary/data" "$work/backup/data"
}
trap end EXIT

# A primary that replicates to a backup, each of which knows where the other is.
prepare_pair() {
    local other=$((artemis_port + 1))
    local pair=(--clustered --replicated --cluster-user benchmark --cluster-password benchmark)
    fetch_artemis
    create_artemis primary "$artemis_port" "$heap" "${pair[@]}" --static-cluster "tcp://127.0.0.1:$other"
    create_artemis backup "$other" "$heap" "${pair[@]}" --static-cluster "tcp://127.0.0.1:$artemis_port" --backup
}

start_artemis() {
    rm -rf "$work"/{primary,backup}/data "$work"/{primary,backup}.log
    "$work/primary/bin/artemis" run >"$work/primary.log" 2>&1 &
    broker_pid=$!
    await_line "$work/primary.log" AMQ221007
    "$work/backup/bin/artemis" run >"$work/backup.log" 2>&1 &
    backup_pid=$!
    # It is synchronized with the primary.
    await_line "$work/backup.log" AMQ221024 "$backup_pid"
    pids=("$broker_pid" "$backup_pid")
    port=$artemis_port
}

# The primary goes on alone when it has lost its backup, and the backup alone when it has lost the primary.
confirm_artemis() {
    ! grep -hE 'AMQ(221010|222013|222085|222086|222091|222092|222207|222251)' "$work/primary.log" "$work/backup.log" >&2 ||
        fail "the pair did not replicate all the time"
}

stop_artemis() {
    stop_pair
}

start_godwit() {
    start_cluster "$heap"
    local node
    pids=()
    for node in $nodes; do
        pids+=("${node_pid[$node]}")
    done
    port=$(client_port "$(active_node)")
}

confirm_godwit() {
    await_copies
    [ "$(client_port "$(active_node)")" = "$port" ] || fail "another node has become active"
}

stop_godwit() {
    kill_nodes
}

# What each process has had written to the disk since it began, in bytes.
written() {
    local pid
    for pid in "${pids[@]}"; do
        sed -n 's/^write_bytes: //p' "/proc/$pid/io"
    done
}

# Each process has written all bodies at least, or it kept no copy.
confirm_written() {
    local who=$1 sent=$2 before=$3 process bytes
    mapfile -t bytes < <(written)
    mapfile -t before <<<"$before"
    for process in "${!pids[@]}"; do
        [ $((bytes[process] - before[process])) -ge $((sent * 1024)) ] ||
            fail "$who: process $((process + 1)) of ${#pids[@]} keeps no copy: it wrote $((
                bytes[process] - before[process])) bytes while $sent messages were sent"
    done
}

turn() {
    local who=$1 json=$work/load.json before
    say "$who"
    "start_$who"
    before=$(written)
    timeout $((warmup_seconds + case_seconds + 120)) \
        java -Xms512m -Xmx512m "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$target/classes:$target/clients/*" \
        dev.godwit.benchmarks.jms.JmsLoad org.apache.qpid.jms.JmsConnectionFactory "amqp://127.0.0.1:$port" cost \
        async durable "$warmup_seconds" "$case_seconds" "${pids[@]}" >"$json" 2>"$work/load.log" ||
        fail "$who: the load ended with $?; see $work/load.log"
    confirm_written "$who" "$(figure sent "$json")" "$before"
    "confirm_$who"
    echo "$who $(figure messagesPerSecond "$json") $(figure brokersCpuMicrosPerMessage "$json") $(
        sed -n 's/.*"eachBroker":"\([^"]*\)".*/\1/p' "$json")" >>"$results"
    tail -n 1 "$results" | awk '{ printf "  %-8s %8.2f µs of CPU per message (%s)  %8.0f messages/s\n", $1, $3, $4, $2 }' >&2
    "stop_$who"
}

prepare_godwit
prepare_pair
machine
for who in artemis godwit godwit artemis; do
    turn "$who"
done
java -XX:TieredStopAtLevel=1 -cp "$target/classes" dev.godwit.benchmarks.cluster.CostReport "$results" "$check"
