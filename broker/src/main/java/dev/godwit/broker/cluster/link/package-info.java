/** The line between nodes: who is on its other end, and messages both ways on channels that do not hold each other up. */
@NullMarked
package dev.godwit.broker.cluster.link;

import org.jspecify.annotations.NullMarked;
