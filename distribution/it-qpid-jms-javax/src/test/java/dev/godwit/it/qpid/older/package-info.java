/** The broker as Qpid JMS of the javax line sees it. */
@NullMarked
package dev.godwit.it.qpid.older;

import org.jspecify.annotations.NullMarked;
