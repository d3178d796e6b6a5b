/** Passes clients' connections on to the node that is active, byte for byte, from nodes that are not. */
@NullMarked
package dev.godwit.broker.cluster.relay;

import org.jspecify.annotations.NullMarked;
