package dev.godwit.jms.provider;

/**
 * What a broker said of itself when it let us in.
 *
 * @param broker where it is, for a human: host and port
 * @param anonymousRelay takes messages for any destination on one link
 */
public record ConnectionFacts(String broker, boolean anonymousRelay) {}
