/** SASL: what both ends compute, and the client's end of each mechanism. */
@NullMarked
package dev.godwit.amqp.sasl;

import org.jspecify.annotations.NullMarked;
