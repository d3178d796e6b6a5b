package dev.godwit.amqp.type;

/** Where the messages of a link go: to a node, or to a transaction coordinator. */
public sealed interface LinkTarget permits Target, Coordinator {}
