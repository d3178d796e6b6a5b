#!/usr/bin/env bash
# Builds Godwit, runs a broker, sends durable JMS messages, kills the broker with -9, starts it again and receives the
# messages that were left. Then the broker runs until Ctrl-C.
#
#   bash examples/run-demo.sh [--once]
#
#   --once   stops the broker at the end, for scripts
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=$root/examples/target/demo
broker_pid=
once=

fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

step() {
    printf '\n== %s\n' "$*"
}

for argument in "$@"; do
    case $argument in
        --once) once=yes ;;
        *) fail "usage: bash examples/run-demo.sh [--once]" ;;
    esac
done

# One clear line for a machine that lacks a tool.
check_tools() {
    local jdk='install a JDK, 17 or later (Debian, Ubuntu: apt-get install openjdk-17-jdk-headless)'
    if [ -n "${JAVA_HOME:-}" ]; then
        [ -x "$JAVA_HOME/bin/javac" ] ||
            fail "JAVA_HOME is $JAVA_HOME, which has no bin/javac: correct it, or unset it and $jdk"
        PATH=$JAVA_HOME/bin:$PATH
    fi
    command -v javac >/dev/null || fail "no JDK found: $jdk"
    local version
    version=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ] || fail "$(command -v javac) is too old: $jdk"
    command -v mvn >/dev/null ||
        fail "no Maven found: install Maven 3.8 or later (Debian, Ubuntu: apt-get install maven)"
}

build() {
    step "Building (the first time, Maven fetches the libraries: some minutes)"
    (cd "$root" && mvn -q -B -DskipTests -Dspotless.check.skip=true -pl distribution,examples -am package </dev/null)
    rm -rf "$demo"
    mkdir -p "$demo"
    local zips=("$root"/distribution/target/godwit-*.zip)
    [ "${#zips[@]}" -eq 1 ] || fail "more than one zip in distribution/target: run mvn clean"
    (cd "$demo" && jar xf "${zips[0]}")
    local homes=("$demo"/godwit-*)
    home=${homes[0]}
    chmod +x "$home/bin/godwit"
}

# Starts the broker on a port; on any free one if that is taken by somebody else. Sets uri.
start_broker() {
    local port=$1 tries=0 code=0
    "$home/bin/godwit" run --data "$demo/data" --port "$port" >"$demo/ready" 2>>"$demo/broker.log" </dev/null &
    broker_pid=$!
    until grep -q '^ready ' "$demo/ready"; do
        if ! kill -0 "$broker_pid" 2>/dev/null; then
            wait "$broker_pid" || code=$?
            broker_pid=
            if [ "$code" -eq 3 ] && [ "$port" -ne 0 ]; then
                echo "port $port is in use: taking another"
                start_broker 0
                return
            fi
            fail "the broker ended with exit code $code: $(tail -n 1 "$demo/broker.log")"
        fi
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "the broker is not ready after a minute: see $demo/broker.log"
        sleep 0.1
    done
    uri=$(sed -n 's/^ready //p' "$demo/ready")
    echo "the broker is process $broker_pid, at $uri"
}

stop_broker() {
    if [ -n "$broker_pid" ]; then
        kill "$broker_pid" 2>/dev/null || true
        wait "$broker_pid" 2>/dev/null || true
        broker_pid=
    fi
}
trap stop_broker EXIT
trap 'exit 0' INT TERM

example() {
    local program=$1
    shift
    java -cp "$(echo "$root"/examples/target/examples-*.jar):$home/lib/*" "dev.godwit.examples.$program" "$@" </dev/null
}

check_tools
build

step "Starting a broker"
start_broker 5672

step "Sending five durable messages over JMS"
example SendOrders "$uri" orders 1 5

step "Receiving two of them"
example ReceiveOrders "$uri" orders 2

step "Killing the broker with -9"
kill -9 "$broker_pid"
wait "$broker_pid" 2>/dev/null || true
echo "process $broker_pid is gone"
broker_pid=

step "Starting it again"
start_broker "${uri##*:}"

step "Receiving the three that were left"
example ReceiveOrders "$uri" orders 3

if [ -n "$once" ]; then
    step "All there. Stopping the broker"
    stop_broker
    exit 0
fi
step "All there. The broker at $uri runs until Ctrl-C; try, in another terminal:"
echo "    $home/bin/godwit send hello --broker ${uri#amqp://} --body 'Hello'"
echo "    $home/bin/godwit receive hello --broker ${uri#amqp://} --print"
wait "$broker_pid"
