package dev.godwit.broker.queue;

/**
 * How long the messages of one priority had waited when they were given out, since the broker started, in milliseconds.
 * Each time is right to an eighth. A message that came back waits anew.
 *
 * @param priority 0 to 9
 * @param messages how many were given out
 * @param p50Millis half of them waited no longer
 * @param p99Millis so did 99 of 100
 * @param p999Millis so did 999 of 1,000
 */
public record WaitStatistics(
        int priority, long messages, long p50Millis, long p99Millis, long p999Millis, long maxMillis) {}
