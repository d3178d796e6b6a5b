/** Where a message goes: an immutable address table and the ports to who serves an address. */
@NullMarked
package dev.godwit.broker.address;

import org.jspecify.annotations.NullMarked;
