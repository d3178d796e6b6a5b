/** Authenticates and authorises. */
@NullMarked
package dev.godwit.broker.security;

import org.jspecify.annotations.NullMarked;
