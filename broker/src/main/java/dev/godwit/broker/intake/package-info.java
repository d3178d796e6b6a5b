/** How fast messages may come in: the rates of addresses and of users, which producers on all loops share. */
@NullMarked
package dev.godwit.broker.intake;

import org.jspecify.annotations.NullMarked;
