#!/usr/bin/env bash
# Godwit and Apache ActiveMQ Artemis side by side on this machine: broker CPU per message and messages per second,
# measured by `godwit perf`, which loads both alike. Takes turns A B B A, each with a fresh broker and fresh data,
# so that what else happens on the machine hits both. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/versus-artemis.sh [--quick] [--only CASE] [--check]
#
#   --only CASE  one of async-durable, sync-durable-1, sync-durable-32, async-non-durable, fan-out-10, fan-out-10-paced
#   --check      end with 1 when a message delivered by a fan-out to ten subscribers takes more than a third of Artemis' CPU;
#                not beside --only with another case than fan-out-10, which has no bar
#
# A fan-out is driven as fast as the broker goes, the producer never more than 1,000 messages ahead of the slowest
# subscriber. Paced, both get 10,000 messages a second: that is all that Artemis takes, while Godwit has nothing to do in
# between and is woken for almost each message, which is most of its cost there.
#
# Only ratios mean anything: both brokers, the generator and whatever else runs share the machine's cores.
set -euo pipefail

name=versus-artemis
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

artemis_version=2.44.0
artemis_port=${ARTEMIS_PORT:-5690}
godwit_port=${GODWIT_PORT:-5691}
heap='-Xms2g -Xmx2g'
warmup_seconds=15
case_seconds=20

only=
check=false
while [ $# -gt 0 ]; do
    case $1 in
        --quick)
            warmup_seconds=6
            case_seconds=5
            ;;
        --only) only=${2:?--only needs a case}; shift ;;
        --check) check=true ;;
        *) usage ;;
    esac
    shift
done
[ "$check" = false ] || [ -z "$only" ] || [ "$only" = fan-out-10 ] || usage
results=$work/results.txt
trap stop_broker EXIT

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
    local who=$1 case_name=$2
    shift 2
    [ -z "$only" ] || [ "$only" = "$case_name" ] || return 0
    local json=$work/$who-$case_name.json
    "$godwit" perf --broker "$broker" --server-pid "$broker_pid" --address "versus-$case_name" --json \
        --warmup 2 --duration "$case_seconds" "$@" >"$json" 2>"$work/perf.log" ||
        fail "$who, $case_name: perf ended with $?: $(tail -n 1 "$work/perf.log") $(cat "$json")"
    echo "$case_name $who $(figure serverCpuMicrosPerMessage "$json") $(figure receivedPerSecond "$json") $(
        figure p50 "$json") $(figure p99 "$json")" >>"$results"
    tail -n 1 "$results" | awk '{ printf "  %-17s %-8s %8.2f µs  %10.0f/s  confirm p50 %.2f ms\n", $1, $2, $3, $4, $5 / 1000 }' >&2
}

turn() {
    local who=$1
    say "$who"
    "start_$who"
    "$godwit" perf --broker "$broker" --address versus-warmup --warmup 0 --duration "$warmup_seconds" \
        >/dev/null 2>"$work/perf.log" || fail "$who: warming up failed: $(tail -n 1 "$work/perf.log")"
    measure "$who" async-durable --in-flight 1000
    measure "$who" sync-durable-1 --in-flight 1
    measure "$who" sync-durable-32 --in-flight 1 --producers 32 --connections 32
    measure "$who" async-non-durable --in-flight 1000 --non-durable
    measure "$who" fan-out-10 --in-flight 1000 --non-durable --topic --consumers 10 --ahead 1000
    measure "$who" fan-out-10-paced --in-flight 1000 --non-durable --topic --consumers 10 --rate 10000
    stop_broker
}

report() {
    awk -v check="$check" '
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
                missed += c == "fan-out-10" && (cpu[c, "godwit"] / g) / (cpu[c, "artemis"] / a) > 1 / 3
            }
            exit check == "true" && missed > 0
        }' "$results"
}

prepare_godwit
prepare_artemis "$heap"
machine
for who in artemis godwit godwit artemis; do
    turn "$who"
done
report
