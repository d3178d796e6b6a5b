/** Where a message goes: an immutable address table, topics, routes, and the ports to who serves addresses and subscriptions. */
@NullMarked
package dev.godwit.broker.address;

import org.jspecify.annotations.NullMarked;
