/** The front of the journal: append, commit listener, configuration. */
@NullMarked
package dev.godwit.storage.journal;

import org.jspecify.annotations.NullMarked;
