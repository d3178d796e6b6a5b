package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeLinks;
import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;

/** The door to the loop of the links, open until the node ends. */
final class LinkReach implements Reach {
    private final EventLoop loop;
    private final NodeLinks links;
    private volatile boolean stopped;

    LinkReach(EventLoop loop, NodeLinks links) {
        this.loop = loop;
        this.links = links;
    }

    @Override
    public void connect(String nodeId, NodeAddress address) {
        pass(each -> each.connect(nodeId, address));
    }

    @Override
    public void disconnect(String nodeId) {
        pass(each -> each.disconnect(nodeId));
    }

    @Override
    public void greetAnew() {
        pass(NodeLinks::greetAnew);
    }

    private void pass(Consumer<NodeLinks> task) {
        loop.execute(() -> {
            if (!stopped) {
                task.accept(links);
            }
        });
    }

    /** Before the links are closed. Any thread. */
    void stop() {
        stopped = true;
    }
}
