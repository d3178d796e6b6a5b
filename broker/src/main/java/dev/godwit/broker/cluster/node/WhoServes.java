package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which other node serves clients, as far as this one knows: the one that says so itself, in the newest epoch, unless this node's copy of shard 0
 * knows better. Owned by the control loop.
 */
final class WhoServes {
    private final EventLoop control;
    private final Consumer<@Nullable ActiveNode> onActive;

    /** What the copy of shard 0 says. */
    private CopyState first = CopyState.atFirst(0);

    /** Who has said last that it serves, and in which epoch. */
    private String claimant = "";

    private long claimEpoch;

    /** Null when it does no more. */
    private @Nullable ActiveNode claim;

    private @Nullable ActiveNode told;

    /** @param onActive told when it is another one, or not known any more */
    WhoServes(EventLoop control, Consumer<@Nullable ActiveNode> onActive) {
        this.control = control;
        this.onActive = onActive;
    }

    /** A node has said whether it serves. */
    void onNotice(NodeIdentity from, NodeNotice notice) {
        control.assertCurrent();
        boolean isKnown = claimant.equals(from.nodeId());
        if (notice.serves() && (isKnown || notice.epoch() > claimEpoch)) {
            claimant = from.nodeId();
            claimEpoch = notice.epoch();
            claim = new ActiveNode(
                    from.nodeId(),
                    notice.doors().stream()
                            .map(port -> from.address().withPort(port))
                            .toList());
        } else if (!notice.serves() && isKnown) {
            claim = null;
        }
        tell();
    }

    /** A copy of this node has become something else. */
    void onCopy(CopyState now) {
        control.assertCurrent();
        if (now.shard() == 0) {
            first = now;
            tell();
        }
    }

    private void tell() {
        ActiveNode known = claim != null && isCredible(claim) ? claim : null;
        if (!Objects.equals(known, told)) {
            told = known;
            onActive.accept(known);
        }
    }

    /** Who serves leads shard 0, in its epoch; a node that keeps no copy believes what it is told. */
    private boolean isCredible(ActiveNode node) {
        var leader = first.leader();
        return claimEpoch > first.epoch()
                || (claimEpoch == first.epoch()
                        && leader != null
                        && leader.nodeId().equals(node.nodeId()));
    }
}
