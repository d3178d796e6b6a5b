/** A node of a cluster: its copies of all shards, who comes to keep copies, and when this node serves clients. */
@NullMarked
package dev.godwit.broker.cluster.node;

import org.jspecify.annotations.NullMarked;
