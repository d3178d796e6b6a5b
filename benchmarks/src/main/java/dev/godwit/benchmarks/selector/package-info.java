/** How soon a consumer with a selector has the one message of a backlog that it wants. */
@NullMarked
package dev.godwit.benchmarks.selector;

import org.jspecify.annotations.NullMarked;
