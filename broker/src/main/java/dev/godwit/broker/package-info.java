/** The composition root: builds a broker of its rooms, starts and stops it. */
@NullMarked
package dev.godwit.broker;

import org.jspecify.annotations.NullMarked;
