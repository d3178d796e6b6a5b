/** The JMS tests of JORAM, which neither we nor the makers of the clients wrote. */
@NullMarked
package dev.godwit.it.joram;

import org.jspecify.annotations.NullMarked;
