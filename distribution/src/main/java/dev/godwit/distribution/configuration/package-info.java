/** The one table of configuration keys, from which reading, the shipped file and the manual come. */
@NullMarked
package dev.godwit.distribution.configuration;

import org.jspecify.annotations.NullMarked;
