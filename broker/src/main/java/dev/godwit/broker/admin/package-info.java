/** What an operator can see and do: the management node that answers requests. */
@NullMarked
package dev.godwit.broker.admin;

import org.jspecify.annotations.NullMarked;
