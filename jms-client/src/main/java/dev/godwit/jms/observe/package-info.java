/** What can be told of a client's messages to whoever watches: the port, and what stands between the client and its provider for it. */
@NullMarked
package dev.godwit.jms.observe;

import org.jspecify.annotations.NullMarked;
