/** Selectors and source filters over header, properties and annotations. */
@NullMarked
package dev.godwit.broker.filter;

import org.jspecify.annotations.NullMarked;
