/** Our client with a broker that is not ours. */
@NullMarked
package dev.godwit.it.artemis;

import org.jspecify.annotations.NullMarked;
