/** The broker as Qpid JMS sees it, and our client beside it. */
@NullMarked
package dev.godwit.it.qpid;

import org.jspecify.annotations.NullMarked;
