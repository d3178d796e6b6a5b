/** The port between Jakarta Messaging and a wire: what a session may ask of a broker, in words that know no protocol. */
@NullMarked
package dev.godwit.jms.provider;

import org.jspecify.annotations.NullMarked;
