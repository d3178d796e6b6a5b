package dev.godwit.storage.journal;

/** Is shown what a journal's files hold, in the order in which it was written; what it does not ask for passes by. */
public interface JournalVisitor {
    /** A segment begins to hold the log. */
    default void onSegment(InspectedSegment segment) {}

    /** A record, or a piece of one. */
    default void onRecord(InspectedRecord record) {}

    /** A whole batch has ended; its records have been shown. */
    default void onBatch(InspectedBatch batch) {}
}
