#!/usr/bin/env bash
# Our JMS client and Qpid JMS side by side on one broker: messages per second, client CPU and heap bytes per message of 1 KiB with
# one producer and one consumer in one process, and how long a send takes that waits for its confirmation. Takes turns A B B A.
# Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/jms-clients.sh [--quick] [--only CASE] [--check]
#
#   --only CASE  one of async-durable, async-non-durable, sync-durable, sync-non-durable
#   --check      end with 1 unless we pass twice as many messages a second, or take half the CPU, where the producer does not wait
#                for each confirmation, and our median is no longer where it does
#
# Both clients find the same libraries (Netty, Proton-J); URIs have no options, so each runs as it comes.
set -euo pipefail

name=jms-clients
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

port=${GODWIT_PORT:-5696}
warmup_seconds=10
case_seconds=10
rounds=2
only=
check=false
while [ $# -gt 0 ]; do
    case $1 in
        --quick)
            warmup_seconds=6
            case_seconds=4
            rounds=1
            ;;
        --only) only=${2:?--only needs a case}; shift ;;
        --check) check=true ;;
        *) usage ;;
    esac
    shift
done
trap remove_broker EXIT

factory_of() {
    case $1 in
        godwit) echo dev.godwit.jms.GodwitConnectionFactory ;;
        qpid) echo org.apache.qpid.jms.JmsConnectionFactory ;;
    esac
}

measure() {
    local who=$1 how=$2 kept=$3 json=$work/load.json
    java -Xms512m -Xmx512m "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$target/classes:$target/clients/*" \
        dev.godwit.benchmarks.jms.JmsLoad "$(factory_of "$who")" "amqp://127.0.0.1:$port" "$how-$kept" "$how" "$kept" \
        "$warmup_seconds" "$case_seconds" >"$json" 2>"$work/load.log" || fail "$who, $how-$kept: ended with $?; see $work/load.log"
    echo "$how-$kept $who $(figure messagesPerSecond "$json") $(figure cpuMicrosPerMessage "$json") $(
        figure bytesPerMessage "$json") $(figure p50 "$json") $(figure p99 "$json")" >>"$work/results.txt"
    tail -n 1 "$work/results.txt" | awk '{
        printf "  %-18s %-7s %8.0f/s  %7.2f µs CPU  %6.0f B  send p50 %.0f µs, p99 %.0f µs\n", $1, $2, $3, $4, $5, $6, $7 }' >&2
}

report() {
    awk -v check="$check" '
        { n[$1, $2]++; rate[$1, $2] += $3; cpu[$1, $2] += $4; bytes[$1, $2] += $5; p50[$1, $2] += $6 }
        !seen[$1]++ { order[++cases] = $1 }
        END {
            printf "%-18s %31s %31s %7s %7s %7s %7s\n", "1 KiB messages", "Qpid JMS: /s · CPU µs · B · p50",
                "Godwit: /s · CPU µs · B · p50", "rate ×", "CPU ×", "B ×", "p50 ×"
            for (i = 1; i <= cases; i++) {
                c = order[i]; q = n[c, "qpid"]; g = n[c, "godwit"]
                r = (rate[c, "godwit"] / g) / (rate[c, "qpid"] / q)
                u = (cpu[c, "godwit"] / g) / (cpu[c, "qpid"] / q)
                b = (bytes[c, "godwit"] / g) / (bytes[c, "qpid"] / q)
                sync = c ~ /^sync/
                p = sync ? (p50[c, "godwit"] / g) / (p50[c, "qpid"] / q) : 0
                miss = sync ? p > 1 : r < 2 && u > 0.5
                missed += miss
                printf "%-18s %9.0f %7.2f %6.0f %6.0f %9.0f %7.2f %6.0f %6.0f %7.2f %7.2f %7.2f %7s%s\n", c,
                    rate[c, "qpid"] / q, cpu[c, "qpid"] / q, bytes[c, "qpid"] / q, p50[c, "qpid"] / q,
                    rate[c, "godwit"] / g, cpu[c, "godwit"] / g, bytes[c, "godwit"] / g, p50[c, "godwit"] / g,
                    r, u, b, sync ? sprintf("%.2f", p) : "-", miss ? "  MISSED" : ""
            }
            exit check == "true" && missed > 0
        }' "$work/results.txt"
}

prepare_godwit
machine
start_broker 2g
for ((round = 0; round < rounds; round++)); do
    for each in async-durable async-non-durable sync-durable sync-non-durable; do
        [ -z "$only" ] || [ "$only" = "$each" ] || continue
        for who in qpid godwit godwit qpid; do
            measure "$who" "${each%%-*}" "${each#*-}"
        done
    done
done
report
