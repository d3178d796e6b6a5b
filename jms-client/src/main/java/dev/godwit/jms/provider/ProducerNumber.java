package dev.godwit.jms.provider;

import java.util.UUID;

/**
 * By what a broker may know a message again that is sent once more. A value.
 *
 * @param producerId no other producer has it
 * @param sequence from 0; no other message of the producer has it, and later messages have higher ones
 */
public record ProducerNumber(UUID producerId, long sequence) {}
