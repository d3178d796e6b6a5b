/** Hazelcast behind {@code broker.cluster.Membership}: finds nodes, and carries hints. It decides nothing. */
@NullMarked
package dev.godwit.broker.cluster.hazelcast;

import org.jspecify.annotations.NullMarked;
