#!/usr/bin/env bash
# Godwit and Apache ActiveMQ Artemis side by side on this machine: broker CPU per message and messages per second,
# measured by `godwit perf`, which loads both alike. Takes turns A B B A, each with a fresh broker and fresh data,
# so that what else happens on the machine hits both. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/versus-artemis.sh [--quick]
#
# Only ratios mean anything: both brokers, the generator and whatever else runs share the machine's cores.
set -euo pipefail

artemis_version=2.44.0
artemis_port=${ARTEMIS_PORT:-5690}
godwit_port=${GODWIT_PORT:-5691}
heap='-Xms2g -Xmx2g'
warmup_seconds=15
case_seconds=20

for argument in "$@"; do
    case $argument in
        --quick)
            warmup_seconds=6
            case_seconds=5
            ;;
        *)
            sed -n '2,8p' "$0" >&2
            exit 2
            ;;
    esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/benchmarks/target
work=$target/versus-artemis
results=$work/results.txt
broker_pid=

fail() {
    echo "versus-artemis: $*" >&2
    exit 1
}

say() {
    echo "versus-artemis: $*" >&2
}

stop_broker() {
    if [ -n "$broker_pid" ]; then
        kill "$broker_pid" 2>/dev/null || true
        wait "$broker_pid" 2>/dev/null || true
        broker_pid=
    fi
}
trap stop_broker EXIT

# Waits until a line of a log says that clients may come.
await_line() {
    local file=$1 pattern=$2 tries=0
    until grep -q "$pattern" "$file" 2>/dev/null; do
        kill -0 "$broker_pid" 2>/dev/null || fail "the broker ended; see $file"
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "the broker is not ready after a minute; see $file"
        sleep 0.1
    done
}

unpack() {
    if command -v unzip >/dev/null; then
        unzip -q "$1" -d "$2"
    else
        (mkdir -p "$2" && cd "$2" && jar xf "$1" && chmod +x ./*/bin/*)
    fi
}

prepare() {
    local zip
    zip=$(ls "$root"/distribution/target/godwit-*.zip 2>/dev/null | head -n 1) ||
        fail "no zip in distribution/target: run mvn -q -DskipTests package"
    rm -rf "$work"
    mkdir -p "$work/data"
    unpack "$zip" "$work/godwit"
    godwit=$(echo "$work"/godwit/*/bin/godwit)

    local artemis_zip=$target/apache-artemis-$artemis_version-bin.zip
    if [ ! -f "$artemis_zip" ]; then
        say "fetching Artemis $artemis_version"
        (cd "$root" && mvn -q -B -N dependency:copy \
            -Dartifact=org.apache.activemq:apache-artemis:$artemis_version:zip:bin -DoutputDirectory="$target")
    fi
    unpack "$artemis_zip" "$work/artemis"
    journal=--nio
    if ldconfig -p 2>/dev/null | grep -q 'libaio\.so\.1'; then
        journal=--aio
    fi
    # Creating measures the disk, to set how long the journal waits for a fuller batch.
    "$work/artemis/apache-artemis-$artemis_version/bin/artemis" create "$work/instance" --silent $journal \
        --host 127.0.0.1 --default-port "$artemis_port" --user benchmark --password benchmark --allow-anonymous \
        --no-web --no-amqp-acceptor --no-mqtt-acceptor --no-stomp-acceptor --no-hornetq-acceptor \
        --java-options "$heap" >"$work/artemis-create.log"
    say "Artemis $artemis_version with journal ${journal#--}, $(sed -n \
        's/.*<journal-buffer-timeout>\(.*\)<.*/buffer timeout \1 ns/p' "$work/instance/etc/broker.xml")"
}

start_artemis() {
    # The last turn's log says "ready", too.
    rm -rf "$work/instance/data" "$work/artemis.log"
    "$work/instance/bin/artemis" run >"$work/artemis.log" 2>&1 &
    broker_pid=$!
    await_line "$work/artemis.log" AMQ221007
    broker=127.0.0.1:$artemis_port
}

start_godwit() {
    rm -rf "$work/data/godwit" "$work/godwit.out"
    GODWIT_JAVA_OPTS=$heap "$godwit" run --data "$work/data/godwit" --port "$godwit_port" \
        >"$work/godwit.out" 2>"$work/godwit.log" &
    broker_pid=$!
    await_line "$work/godwit.out" '^ready '
    broker=127.0.0.1:$godwit_port
}

# One measurement: its JSON goes into a file, its figures as a line into the results.
measure() {
    local name=$1 case_name=$2
    shift 2
    local json=$work/$name-$case_name.json
    "$godwit" perf --broker "$broker" --server-pid "$broker_pid" --address "versus-$case_name" --json \
        --warmup 2 --duration "$case_seconds" "$@" >"$json" 2>"$work/perf.log" ||
        fail "$name, $case_name: perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$json")"
    echo "$case_name $name $(figure serverCpuMicrosPerMessage "$json") $(figure receivedPerSecond "$json") $(
        figure p50 "$json") $(figure p99 "$json")" >>"$results"
    tail -n 1 "$results" | awk '{ printf "  %-17s %-8s %8.2f µs  %10.0f/s  confirm p50 %.2f ms\n", $1, $2, $3, $4, $5 / 1000 }' >&2
}

# The first number of that name in the JSON.
figure() {
    grep -o "\"$1\":[0-9.eE+-]*" "$2" | head -n 1 | cut -d: -f2
}

turn() {
    local name=$1
    say "$name"
    "start_$name"
    "$godwit" perf --broker "$broker" --address versus-warmup --warmup 0 --duration "$warmup_seconds" \
        >/dev/null 2>"$work/perf.log" || fail "$name: warming up failed: $(tail -n 1 "$work/perf.log")"
    measure "$name" async-durable --in-flight 1000
    measure "$name" sync-durable-1 --in-flight 1
    measure "$name" sync-durable-32 --in-flight 1 --producers 32 --connections 32
    measure "$name" async-non-durable --in-flight 1000 --non-durable
    stop_broker
}

report() {
    awk '
        { n[$1, $2]++; cpu[$1, $2] += $3; rate[$1, $2] += $4; p50[$1, $2] += $5 }
        !seen[$1]++ { order[++cases] = $1 }
        END {
            printf "%-18s %28s %28s %9s %9s\n", "1 KiB messages", "Artemis: CPU µs · /s · p50 ms",
                "Godwit: CPU µs · /s · p50 ms", "CPU ×", "rate ×"
            for (i = 1; i <= cases; i++) {
                c = order[i]; a = n[c, "artemis"]; g = n[c, "godwit"]
                printf "%-18s %9.2f %10.0f %7.2f %9.2f %10.0f %7.2f %9.3f %9.2f\n", c,
                    cpu[c, "artemis"] / a, rate[c, "artemis"] / a, p50[c, "artemis"] / a / 1000,
                    cpu[c, "godwit"] / g, rate[c, "godwit"] / g, p50[c, "godwit"] / g / 1000,
                    (cpu[c, "godwit"] / g) / (cpu[c, "artemis"] / a), (rate[c, "godwit"] / g) / (rate[c, "artemis"] / a)
            }
        }' "$results"
}

prepare
for name in artemis godwit godwit artemis; do
    turn "$name"
done
report
