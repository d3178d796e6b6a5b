/** The way in: the connection factory and the connection URI that it takes. */
@NullMarked
package dev.godwit.jms;

import org.jspecify.annotations.NullMarked;
