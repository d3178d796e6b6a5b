# What the benchmark scripts share; sourced by them after they have set `name`, the name of their directory and of what
# they say. Sets root, target, work; needs `mvn -q -DskipTests package` to have been run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/benchmarks/target
work=$target/$name
broker_pid=

say() {
    echo "$name: $*" >&2
}

fail() {
    echo "$name: $*" >&2
    exit 1
}

# The comment at the head of the script is its usage.
usage() {
    sed -n '2,/^[^#]/{ s/^# \{0,1\}//p }' "$0" >&2
    exit 2
}

machine() {
    local memory model
    memory=$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    echo "$(nproc) cores ($model), $memory, Linux $(uname -r), $(stat -f -c %T "$target"), load$(
        cut -d' ' -f1-3 /proc/loadavg | sed 's/^/ /'), $(java -version 2>&1 | head -n 1)"
}

unpack() {
    if command -v unzip >/dev/null; then
        unzip -q "$1" -d "$2"
    else
        (mkdir -p "$2" && cd "$2" && jar xf "$1" && chmod +x ./*/bin/*)
    fi
}

# Unpacks the distribution into an empty work directory: sets godwit, the launcher, and classpath.
prepare_godwit() {
    local zip
    zip=$(ls "$root"/distribution/target/godwit-*.zip 2>/dev/null | head -n 1) ||
        fail "no zip in distribution/target: run mvn -q -DskipTests package"
    rm -rf "$work"
    mkdir -p "$work/data"
    unpack "$zip" "$work/godwit"
    godwit=$(echo "$work"/godwit/*/bin/godwit)
    classpath=$target/classes:$(dirname "$(dirname "$godwit")")/lib/*
}

stop_broker() {
    if [ -n "$broker_pid" ]; then
        kill "${1:--TERM}" "$broker_pid" 2>/dev/null || true
        wait "$broker_pid" 2>/dev/null || true
        broker_pid=
    fi
}

# Starts a broker whose heap takes $1 at most, on $port, with its data in the work directory; what follows are options of
# `godwit run`. Sets start_seconds, from then until clients may come.
start_broker() {
    local begun heap=$1
    shift
    rm -f "$work/godwit.out"
    begun=$(date +%s.%N)
    GODWIT_JAVA_OPTS="-Xms64m -Xmx$heap -XX:+ExitOnOutOfMemoryError" "$godwit" run --data "$work/data" --port "$port" "$@" \
        >"$work/godwit.out" 2>"$work/godwit.log" &
    broker_pid=$!
    await_line "$work/godwit.out" '^ready '
    start_seconds=$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $begun }")
}

# Ends it as it is, and leaves no data behind.
remove_broker() {
    stop_broker -KILL
    rm -rf "$work/data"
}

# Waits until a line of a log says that clients may come, or whatever else is waited for; $3 is the process, if not the broker's.
await_line() {
    local file=$1 pattern=$2 pid=${3:-$broker_pid} tries=0
    until grep -q "$pattern" "$file" 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || fail "the broker ended; see $file"
        tries=$((tries + 1))
        [ "$tries" -lt 6000 ] || fail "the broker is not ready after ten minutes; see $file"
        sleep 0.1
    done
}

# What the broker's heap holds after a collection, in MiB.
heap_after_collection() {
    jcmd "$broker_pid" GC.run >/dev/null
    jstat -gc "$broker_pid" | awk 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
        NR == 2 { printf "%.0f", ($column["S0U"] + $column["S1U"] + $column["EU"] + $column["OU"]) / 1024 }'
}

# The first number of that name in a file of JSON, or the one that $3 says.
figure() {
    grep -o "\"$1\":[0-9.eE+-]*" "$2" | sed -n "${3:-1}p" | cut -d: -f2
}

# Fetches Artemis, and unpacks it into the work directory.
fetch_artemis() {
    local artemis_zip=$target/apache-artemis-$artemis_version-bin.zip
    if [ ! -f "$artemis_zip" ]; then
        say "fetching Artemis $artemis_version"
        (cd "$root" && mvn -q -B -N dependency:copy \
            -Dartifact=org.apache.activemq:apache-artemis:$artemis_version:zip:bin -DoutputDirectory="$target")
    fi
    unpack "$artemis_zip" "$work/artemis"
}

# Makes an instance of it, called $1, in the work directory, with $2 as its port and a heap of $3; what follows are options of `artemis create`.
create_artemis() {
    local instance=$1 instance_port=$2 java_options=$3 journal=--nio
    shift 3
    if ldconfig -p 2>/dev/null | grep -q 'libaio\.so\.1'; then
        journal=--aio
    fi
    # Creating measures the disk, to set how long the journal waits for a fuller batch.
    "$work/artemis/apache-artemis-$artemis_version/bin/artemis" create "$work/$instance" --silent $journal \
        --host 127.0.0.1 --default-port "$instance_port" --user benchmark --password benchmark --allow-anonymous \
        --no-web --no-amqp-acceptor --no-mqtt-acceptor --no-stomp-acceptor --no-hornetq-acceptor \
        --java-options "$java_options" "$@" >"$work/$instance-create.log" || fail "no Artemis was made; see $work/$instance-create.log"
    say "Artemis $artemis_version ($instance) with journal ${journal#--}, $(sed -n \
        's/.*<journal-buffer-timeout>\(.*\)<.*/buffer timeout \1 ns/p' "$work/$instance/etc/broker.xml")"
}

# Fetches Artemis and makes one instance of it, with a heap of $1.
prepare_artemis() {
    fetch_artemis
    create_artemis instance "$artemis_port" "$1"
}
