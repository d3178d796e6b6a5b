/** What the broker acts on, and the bytes that it carries. */
@NullMarked
package dev.godwit.broker.message;

import org.jspecify.annotations.NullMarked;
