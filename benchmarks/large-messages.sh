#!/usr/bin/env bash
# What large messages cost a broker with a small heap: durable messages pass through from a producer to a consumer at
# once. Prints MB/s and the broker's CPU for each message, the most memory that its process took, and beside them what
# dd writes to the same disk, synced, and reads back. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/large-messages.sh [--check] [--size BYTES] [--count N] [--heap SIZE]
#
#   --check       end with 1 when a message is lost, or the process takes 512 MiB or more
#   --size BYTES  of each message, 10,485,760 without it
#   --count N     messages, 200 without it
#   --heap SIZE   most that the broker's heap may take, 256m without it
set -euo pipefail

name=large-messages
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

godwit_port=${GODWIT_PORT:-5694}
size=10485760
count=200
heap=256m
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --size) size=${2:?--size needs a number}; shift ;;
        --count) count=${2:?--count needs a number}; shift ;;
        --heap) heap=${2:?--heap needs a size}; shift ;;
        *) usage ;;
    esac
    shift
done

end() {
    stop_broker
    rm -rf "$work/data"
}
trap end EXIT

prepare_godwit
machine
dd if=/dev/zero of="$work/data/disk" bs=1M count=256 oflag=direct,dsync 2>&1 | sed -n 's/.*copied/dd writes/p'
dd if="$work/data/disk" of=/dev/null bs=1M iflag=direct 2>&1 | sed -n 's/.*copied/dd reads/p'
rm "$work/data/disk"

GODWIT_JAVA_OPTS=-Xmx$heap "$godwit" run --data "$work/data/godwit" --port "$godwit_port" \
    --set "amqp.max-message-size=1 GiB" >"$work/godwit.out" 2>"$work/godwit.log" &
broker_pid=$!
await_line "$work/godwit.out" '^ready '
"$godwit" perf --broker "127.0.0.1:$godwit_port" --address large --size "$size" --count "$count" --in-flight 4 \
    --credit 4 --server-pid "$broker_pid" >"$work/perf.txt" 2>"$work/perf.log" || {
    cat "$work/perf.txt"
    fail "a message was lost, or the load ended before its time: $(tail -n 1 "$work/perf.log")"
}
cat "$work/perf.txt"
resident=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$broker_pid/status")
echo "at most $resident MiB resident with a heap of $heap"
if $check && [ "$resident" -ge 512 ]; then
    fail "512 MiB are the bar"
fi
