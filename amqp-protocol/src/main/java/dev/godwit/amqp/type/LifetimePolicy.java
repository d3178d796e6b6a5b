package dev.godwit.amqp.type;

/** When a dynamically created node goes away (AMQP 1.0 §3.5.10 to §3.5.13). */
public enum LifetimePolicy {
    DELETE_ON_CLOSE,
    DELETE_ON_NO_LINKS,
    DELETE_ON_NO_MESSAGES,
    DELETE_ON_NO_LINKS_OR_MESSAGES
}
