package dev.godwit.amqp.type;

/** decimal128: the bits of an IEEE 754-2008 decimal, passed on and not calculated with (AMQP 1.0 §1.6.15). */
public record Decimal128(long highBits, long lowBits) {}
