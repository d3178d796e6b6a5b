# What the scripts about clusters share: three nodes of Godwit, n1, n2 and n3, on this machine; sourced by them after common.sh.
# Needs godwit_port, that of n1 for clients, and cluster_port, that of n1 for other nodes; those of n2 and n3 come after them.

nodes='1 2 3'
declare -A node_pid=()

now_millis() {
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

client_port() {
    echo $((godwit_port + $1 - 1))
}

# Starts one; what follows are options of the virtual machine. All but n1 look for n1; it begins the cluster.
start_node() {
    local node=$1 join=()
    shift
    [ "$node" = 1 ] || join=(--join "127.0.0.1:$cluster_port")
    rm -f "$work/n$node.out"
    GODWIT_LOGS=$work/n$node-logs GODWIT_JAVA_OPTS="$*" "$godwit" run --set node.name="n$node" --set cluster.insecure=true \
        --data "$work/data/n$node" --port "$(client_port "$node")" \
        --cluster-listen "127.0.0.1:$((cluster_port + 10 * (node - 1)))" "${join[@]}" \
        >"$work/n$node.out" 2>>"$work/n$node.log" &
    node_pid[$node]=$!
}

kill_node() {
    local pid=${node_pid[$1]:-}
    if [ -n "$pid" ]; then
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        unset "node_pid[$1]"
    fi
}

kill_nodes() {
    local node
    for node in $nodes; do
        kill_node "$node"
    done
}

# Begins a cluster without any messages, and waits until all three keep everything.
start_cluster() {
    local node
    rm -rf "$work"/data/n* "$work"/n?.log
    for node in $nodes; do
        start_node "$node" "$@"
        await_line "$work/n$node.out" '^node \|^ready ' "${node_pid[$node]}"
    done
    await_copies
}

# What the active node says of the cluster, in status.txt; whichever node answers.
cluster_status() {
    local node
    for node in $nodes; do
        if [ -n "${node_pid[$node]:-}" ] && timeout 20 "$godwit" cluster status \
            --broker "127.0.0.1:$(client_port "$node")" >"$work/status.txt" 2>"$work/status.log"; then
            return 0
        fi
    done
    return 1
}

# The number of the node that serves clients, in status.txt.
active_node() {
    sed -n '1s/.*, active n\([0-9]*\)$/\1/p' "$work/status.txt"
}

# Waits until three nodes vote on each shard, and none is behind: all has three copies. Leaves status.txt behind.
await_copies() {
    local patience=$((SECONDS + 180))
    until cluster_status && all_copies_complete; do
        [ "$SECONDS" -lt "$patience" ] || fail "not all nodes have all copies after three minutes; see $work/status.txt"
        sleep 0.5
    done
}

all_copies_complete() {
    awk '$1 == "shard" {
            shards++
            copies = 0
            for (i = 10; i <= NF; i++) copies += $i ~ /^n[123]-0$/
            complete += copies == 3 && NF == 12
        }
        END { exit !(shards > 0 && complete == shards) }' "$work/status.txt"
}
