package dev.godwit.storage.journal;

/**
 * A segment of a journal that is inspected.
 *
 * @param generation its number
 * @param segmentBytes length of the file, as its header says
 * @param missing there is no such file, and there should be one
 */
public record InspectedSegment(String fileName, long generation, long segmentBytes, boolean missing) {}
