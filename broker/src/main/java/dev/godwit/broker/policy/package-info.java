/** What holds at an address: named settings, by pattern of the address. */
@NullMarked
package dev.godwit.broker.policy;

import org.jspecify.annotations.NullMarked;
