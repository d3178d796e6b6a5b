/** A connection that survives the broker: a provider over other providers, which makes anew on the next what was on the last. */
@NullMarked
package dev.godwit.jms.failover;

import org.jspecify.annotations.NullMarked;
