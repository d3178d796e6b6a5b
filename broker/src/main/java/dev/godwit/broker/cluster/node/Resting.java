package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.node.NodeNotice.Standing;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which nodes are not to lead, because an operator wants that: this one remembers it of itself, and knows it of the others by what they say. Owned by
 * the control loop; any thread may ask.
 */
final class Resting {
    private static final Logger log = LoggerFactory.getLogger(Resting.class);

    private final EventLoop control;
    private final String nodeId;
    private final ClusterMemory memory;
    private final List<KeptShard> copies;
    private final Notices notices;
    private final boolean witness;

    /** In the order in which it became known. */
    private volatile List<String> nodes = List.of();

    private volatile Set<String> heard = Set.of();

    /** Those of them that rest for good. */
    private volatile Set<String> witnesses = Set.of();

    /** Whether this node rests, or will when that is on the disk. */
    private boolean wanted;

    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);

    /** @param witness whether this node rests for good */
    Resting(
            EventLoop control,
            String nodeId,
            boolean witness,
            ClusterMemory memory,
            List<KeptShard> copies,
            Notices notices) {
        this.witness = witness;
        this.control = control;
        this.nodeId = nodeId;
        this.memory = memory;
        this.copies = copies;
        this.notices = notices;
        if (witness || memory.rests()) {
            // Before anybody is greeted: who hears nothing of it takes this node for one that may lead.
            notices.say(own -> own.with(witness ? Standing.WITNESS : Standing.RESTS));
        }
    }

    /** The names of those that rest, as far as that is known: witnesses first, who began last at the end. Any thread. */
    List<String> nodes() {
        return nodes;
    }

    boolean rests(String node) {
        return nodes.contains(node);
    }

    /** Whether it rests for good. Any thread. */
    boolean isWitness(String node) {
        return witnesses.contains(node);
    }

    /** The names of other nodes that have said whether they rest, since this one was started. Any thread. */
    Set<String> heard() {
        return heard;
    }

    /** Whether this node rests, or is about to. */
    boolean isWanted() {
        control.assertCurrent();
        return wanted;
    }

    /** What was so before the restart is so again. After the copies' start. */
    void begin() {
        if (witness || memory.rests()) {
            wanted = true;
            become(true);
        }
    }

    /** Another node has said what it is. */
    void onNotice(NodeIdentity from, NodeNotice notice) {
        control.assertCurrent();
        mark(from.nodeId(), notice.standing());
        if (!heard.contains(from.nodeId())) {
            var next = new HashSet<>(heard);
            next.add(from.nodeId());
            heard = Set.copyOf(next);
        }
    }

    private void mark(String node, Standing standing) {
        boolean known = rests(node) == standing.rests() && isWitness(node) == (standing == Standing.WITNESS);
        if (known) {
            return;
        }
        var next = new ArrayList<>(nodes);
        var nextWitnesses = new HashSet<>(witnesses);
        next.remove(node);
        nextWitnesses.remove(node);
        if (standing == Standing.WITNESS) {
            next.add(0, node);
            nextWitnesses.add(node);
        } else if (standing == Standing.RESTS) {
            next.add(node);
        }
        witnesses = Set.copyOf(nextWitnesses);
        nodes = List.copyOf(next);
    }

    /**
     * This node is to rest, or not any more. What it leads goes on until it was handed over.
     *
     * @return done when it is so, and on the disk; fails when it cannot be written, or a witness is to lead: then nothing has changed
     */
    CompletableFuture<Void> rest(boolean rest) {
        control.assertCurrent();
        if (witness && !rest) {
            return CompletableFuture.failedFuture(new IllegalStateException("it is a witness"));
        }
        if (wanted != rest) {
            wanted = rest;
            writing = memory.rest(rest).handleAsync((written, failed) -> onWritten(rest, failed), control);
        }
        return writing;
    }

    private @Nullable Void onWritten(boolean rest, @Nullable Throwable failed) {
        boolean isWantedStill = wanted == rest;
        if (failed == null) {
            if (isWantedStill) {
                become(rest);
            }
            return null;
        }
        log.error(
                "node {} could not write down that it {}: {}", nodeId, rest ? "rests" : "may lead", failed.toString());
        if (isWantedStill) {
            wanted = !rest;
            writing = CompletableFuture.completedFuture(null);
            var unused = memory.rest(!rest);
        }
        throw new CompletionException(failed);
    }

    private void become(boolean rest) {
        control.assertCurrent();
        var standing = witness ? Standing.WITNESS : rest ? Standing.RESTS : Standing.MAY_LEAD;
        mark(nodeId, standing);
        log.info(
                switch (standing) {
                    case WITNESS -> "node {} is a witness: it keeps copies, and leads only what nobody else has";
                    case RESTS -> "node {} rests: it does not lead until it is told to";
                    case MAY_LEAD -> "node {} may lead";
                },
                nodeId);
        copies.forEach(copy -> copy.owner().execute(() -> copy.standAside(rest)));
        notices.say(own -> own.with(standing));
    }
}
