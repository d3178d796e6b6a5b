/** The broker as clients of other languages see it: small programs, run as processes. */
@NullMarked
package dev.godwit.it.foreign;

import org.jspecify.annotations.NullMarked;
