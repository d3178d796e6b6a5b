package dev.godwit.storage.journal;

/**
 * A whole batch of a journal that is inspected.
 *
 * @param offset where it begins in the file
 * @param bytes with its header, without padding
 * @param sequence its number
 * @param writtenAtMillis wall clock, milliseconds since the epoch
 */
public record InspectedBatch(
        String fileName, long offset, int bytes, long sequence, int records, long writtenAtMillis) {}
