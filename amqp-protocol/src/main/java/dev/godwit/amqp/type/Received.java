package dev.godwit.amqp.type;

/** How far a partly transferred message has been seen (AMQP 1.0 §3.4.1). Both fields are unsigned. */
public record Received(int sectionNumber, long sectionOffset) implements DeliveryState {}
