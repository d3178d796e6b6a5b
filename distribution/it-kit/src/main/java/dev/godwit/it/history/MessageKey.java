package dev.godwit.it.history;

/** Which message: the how-manieth of which producer. A producer never sends a key twice. */
public record MessageKey(int producer, long sequence) {}
