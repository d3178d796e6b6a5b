package dev.godwit.broker.policy;

/** In which order a queue gives out messages of different priorities (AMQP 1.0 §3.2.1). Those of one priority go in turn. */
public enum PriorityMode {
    /** In the order in which they came, whatever their priorities. */
    NONE,
    /** The highest priority first, however long the others wait. */
    STRICT,
    /** Each priority gets its share of what is given out, by weight. */
    WEIGHTED,
    /** The highest first, and what has waited for long gets every second turn. */
    AGED
}
