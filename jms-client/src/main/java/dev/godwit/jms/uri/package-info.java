/** How a client is told where to go, and how to behave: URIs and their options. */
@NullMarked
package dev.godwit.jms.uri;

import org.jspecify.annotations.NullMarked;
