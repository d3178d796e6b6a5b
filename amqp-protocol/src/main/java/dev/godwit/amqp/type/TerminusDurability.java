package dev.godwit.amqp.type;

/** What of a terminus outlives a failure (AMQP 1.0 §3.5.5). The ordinal is the number on the wire. */
public enum TerminusDurability {
    NONE,
    CONFIGURATION,
    UNSETTLED_STATE
}
