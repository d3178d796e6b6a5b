package dev.godwit.it.crash;

/** Which message: the how-manieth of which producer. A producer never sends a key twice. */
record MessageKey(int producer, long sequence) {}
