package dev.godwit.amqp.type;

/** decimal32: the bits of an IEEE 754-2008 decimal, passed on and not calculated with (AMQP 1.0 §1.6.13). */
public record Decimal32(int bits) {}
