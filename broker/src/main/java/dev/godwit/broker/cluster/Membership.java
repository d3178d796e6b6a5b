package dev.godwit.broker.cluster;

import java.util.List;

/**
 * Who is here, as far as anybody can tell. It may be late, or wrong for a while, and different on two nodes: nothing that has to be
 * true is decided by it. That a node does not answer is told earlier by the links to it.
 */
public interface Membership extends AutoCloseable {
    /** The nodes that were last known to be here, this one included, by their ids. Any thread. */
    List<NodeProfile> nodes();

    /** What nodes tell each other to save a question. */
    Hints hints();

    /** Leaves; blocks for some seconds at most. What was known stays known. */
    @Override
    void close();
}
