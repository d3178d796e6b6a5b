/** What a whole broker says to bad input, and that others do not notice. */
@NullMarked
package dev.godwit.it.badinput;

import org.jspecify.annotations.NullMarked;
