/** What a broker keeps when its process is killed, and when its catalog database is lost. */
@NullMarked
package dev.godwit.it.crash;

import org.jspecify.annotations.NullMarked;
