package dev.godwit.broker.queue;

/**
 * Messages that a queue has been sent and not confirmed. Immutable.
 *
 * @param why what they wait for
 * @param messages how many they are
 */
public record IntakeBacklog(Obstacle why, long messages) {}
