/** Messages as meters of Micrometer. The only room that knows Micrometer. */
@NullMarked
package dev.godwit.jms.observe.metrics;

import org.jspecify.annotations.NullMarked;
