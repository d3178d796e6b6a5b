package dev.godwit.amqp.type;

import org.jspecify.annotations.Nullable;

/**
 * A value with a descriptor that says what it is (AMQP 1.0 §1.3.2).
 *
 * @param descriptor a {@link Symbol} or an {@link UnsignedLong}; other values are legal but reserved (§1.5)
 */
public record DescribedValue(Object descriptor, @Nullable Object value) {}
