package dev.godwit.it.cluster;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A network of its own for each node, all joined by one bridge at whose address this JVM is; packets between any two can be
 * dropped, one way or both. Needs root, {@code ip} and {@code nft}. Owned by one thread.
 */
final class NodeNetwork implements AutoCloseable {
    private static final long PROCESS = ProcessHandle.current().pid() % 100_000;

    /** Of this process alone: where two run beside each other, clients of one would find the nodes of the other. */
    private static final String NET = "10." + (100 + PROCESS / 250 % 100) + "." + (1 + PROCESS % 250) + ".";

    private static final int OWN_NUMBER = 254;

    private final String prefix = "gw" + PROCESS;
    private final Deque<String[]> undo = new ArrayDeque<>();
    private final int count;

    /** @throws IOException this machine does not let us */
    NodeNetwork(int count) throws IOException {
        this.count = count;
        boolean made = false;
        try {
            MachineCommand.run("ip", "link", "add", bridge(), "type", "bridge");
            undo.push(new String[] {"ip", "link", "del", bridge()});
            MachineCommand.run("ip", "address", "add", NET + OWN_NUMBER + "/24", "dev", bridge());
            MachineCommand.run("ip", "link", "set", bridge(), "up");
            for (int node = 0; node < count; node++) {
                add(node);
            }
            made = true;
        } finally {
            if (!made) {
                close();
            }
        }
    }

    private void add(int node) throws IOException {
        String space = space(node);
        MachineCommand.run("ip", "netns", "add", space);
        undo.push(new String[] {"ip", "netns", "del", space});
        MachineCommand.run("ip", "link", "add", plug(node), "type", "veth", "peer", "name", "eth0", "netns", space);
        MachineCommand.run("ip", "link", "set", plug(node), "master", bridge(), "up");
        in(node, "ip", "address", "add", address(node) + "/24", "dev", "eth0");
        in(node, "ip", "link", "set", "lo", "up");
        in(node, "ip", "link", "set", "eth0", "up");
        in(node, "nft", "add", "table", "inet", "godwit");
        in(node, "nft", "add chain inet godwit deaf { type filter hook input priority 0; }");
    }

    private String bridge() {
        return prefix + "br";
    }

    private String plug(int node) {
        return prefix + "v" + node;
    }

    private String space(int node) {
        return prefix + "n" + node;
    }

    private void in(int node, String... command) throws IOException {
        var whole = new String[command.length + 4];
        List.of("ip", "netns", "exec", space(node)).toArray(whole);
        System.arraycopy(command, 0, whole, 4, command.length);
        MachineCommand.run(whole);
    }

    static String address(int node) {
        return NET + (node + 1);
    }

    /** What a command begins with that is to run in a node's network. */
    List<String> launcher(int node) {
        return List.of("ip", "netns", "exec", space(node));
    }

    /** Nothing gets from one node to another any more; it is not told. */
    void deafen(int to, int from) throws IOException {
        in(to, "nft", "add", "rule", "inet", "godwit", "deaf", "ip", "saddr", address(from), "drop");
    }

    /** The node and the other nodes hear nothing of each other; clients are still heard. */
    void isolate(int node) throws IOException {
        for (int other = 0; other < count; other++) {
            if (other != node) {
                deafen(node, other);
                deafen(other, node);
            }
        }
    }

    /** Nobody reaches the node, clients neither. */
    void unplug(int node) throws IOException {
        MachineCommand.run("ip", "link", "set", plug(node), "down");
    }

    /** What comes to a TCP port of any node, from another one, is dropped. */
    void closePort(int port) throws IOException {
        for (int node = 0; node < count; node++) {
            in(
                    node,
                    "nft",
                    "add",
                    "rule",
                    "inet",
                    "godwit",
                    "deaf",
                    "iifname",
                    "eth0",
                    "tcp",
                    "dport",
                    Integer.toString(port),
                    "drop");
        }
    }

    /** All hear each other again. */
    void heal() throws IOException {
        for (int node = 0; node < count; node++) {
            in(node, "nft", "flush", "chain", "inet", "godwit", "deaf");
            MachineCommand.run("ip", "link", "set", plug(node), "up");
        }
    }

    @Override
    public void close() {
        while (!undo.isEmpty()) {
            String[] command = undo.pop();
            try {
                MachineCommand.run(command);
            } catch (IOException failed) {
                System.out.println("a network is left behind: " + failed.getMessage());
            }
        }
    }
}
