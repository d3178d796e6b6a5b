package dev.godwit.amqp.type;

/** decimal64: the bits of an IEEE 754-2008 decimal, passed on and not calculated with (AMQP 1.0 §1.6.14). */
public record Decimal64(long bits) {}
