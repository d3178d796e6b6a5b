/** The journal's tools: what a stopped broker's journal holds, as text, as figures, and in a portable form. */
@NullMarked
package dev.godwit.distribution.journal;

import org.jspecify.annotations.NullMarked;
