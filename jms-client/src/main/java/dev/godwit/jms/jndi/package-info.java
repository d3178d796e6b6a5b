/** Connection factories and destinations by the names that a program's properties give them. */
@NullMarked
package dev.godwit.jms.jndi;

import org.jspecify.annotations.NullMarked;
