/** Which nodes keep a copy of which shard, and who of them leads: what should be, and the next step to it. Pure. */
@NullMarked
package dev.godwit.broker.cluster.placement;

import org.jspecify.annotations.NullMarked;
