/** Says by HTTP whether a node is well, and whether clients may come: for load balancers, and for who restarts processes. */
@NullMarked
package dev.godwit.broker.health;

import org.jspecify.annotations.NullMarked;
