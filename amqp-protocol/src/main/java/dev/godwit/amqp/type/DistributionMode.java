package dev.godwit.amqp.type;

/** Whether a link takes messages from a node or only looks at them (AMQP 1.0 §3.5.7). */
public enum DistributionMode {
    MOVE,
    COPY
}
