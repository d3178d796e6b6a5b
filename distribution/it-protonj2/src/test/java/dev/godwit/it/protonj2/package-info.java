/** The broker as the ProtonJ2 client sees it: AMQP 1.0 without JMS above. */
@NullMarked
package dev.godwit.it.protonj2;

import org.jspecify.annotations.NullMarked;
