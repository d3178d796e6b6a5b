package dev.godwit.storage.format;

/**
 * Type ids of the records that storage writes for itself. Those of facts are in {@code JournalRecord} and lie below
 * {@link #CHUNK}. A number once given keeps its meaning for ever.
 */
public final class RecordType {
    /** A message as the journal keeps it. */
    public static final byte MESSAGE_ENQUEUED = 7;

    /** A message in parts. */
    public static final byte LARGE_MESSAGE_ENQUEUED = 9;

    /** A message that hangs on a transaction: laid out as {@link #MESSAGE_ENQUEUED}. */
    public static final byte MESSAGE_POSTED = 10;

    /** The same in parts: laid out as {@link #LARGE_MESSAGE_ENQUEUED}. */
    public static final byte LARGE_MESSAGE_POSTED = 11;

    /** {@link #MESSAGE_ENQUEUED} of a message that is not to be given out before a time. */
    public static final byte MESSAGE_ENQUEUED_NOT_BEFORE = 15;

    /** {@link #LARGE_MESSAGE_ENQUEUED} of such a message. */
    public static final byte LARGE_MESSAGE_ENQUEUED_NOT_BEFORE = 16;

    /** Laid out as {@link #MESSAGE_ENQUEUED_NOT_BEFORE}. */
    public static final byte MESSAGE_POSTED_NOT_BEFORE = 17;

    /** Laid out as {@link #LARGE_MESSAGE_ENQUEUED_NOT_BEFORE}. */
    public static final byte LARGE_MESSAGE_POSTED_NOT_BEFORE = 18;

    /** A part of a record that is too large for one piece; the record itself follows its parts. */
    public static final byte CHUNK = 64;

    /** How far a shard had come when a segment was begun: its last index and epoch, in the record's header. */
    public static final byte SHARD_TAIL = 65;

    /** The end of a shard's log was dropped, from the index in the header on; the epoch in which that was found out. */
    public static final byte TRUNCATE = 66;

    /** A majority has the shard's log up to the index in the header; the epoch of that entry. */
    public static final byte COMMITTED = 67;

    /** The state of the shard after the entry at the index begins to come from elsewhere, in place of one begun before. */
    public static final byte STATE_BEGUN = 68;

    /** All of that state is there: it takes the place of what was alive in the shard. */
    public static final byte STATE_INSTALLED = 69;

    /** An operator has accepted that what these batches held is lost; the body names them. */
    public static final byte LOSS_ACCEPTED = 70;

    private RecordType() {}

    /** What a copy of a posted message is, once its transaction was committed: a message like any other. */
    public static byte onceCommitted(byte type) {
        return switch (type) {
            case MESSAGE_POSTED -> MESSAGE_ENQUEUED;
            case LARGE_MESSAGE_POSTED -> LARGE_MESSAGE_ENQUEUED;
            case MESSAGE_POSTED_NOT_BEFORE -> MESSAGE_ENQUEUED_NOT_BEFORE;
            case LARGE_MESSAGE_POSTED_NOT_BEFORE -> LARGE_MESSAGE_ENQUEUED_NOT_BEFORE;
            default -> type;
        };
    }

    /** What docs/journal-format.md calls a type. */
    public static String nameOf(byte type) {
        return switch (type) {
            case 1, 7, 15 -> "MessageEnqueued";
            case 2 -> "MessagesRemoved";
            case 3, 19 -> "MessageReturned";
            case 4 -> "DefinitionStored";
            case 5 -> "DefinitionRemoved";
            case 6 -> "EpochBegun";
            case 8 -> "MessagePart";
            case 9, 16 -> "LargeMessageEnqueued";
            case 10, 17 -> "MessagePosted";
            case 11, 18 -> "LargeMessagePosted";
            case 12 -> "TransactionPrepared";
            case 13 -> "TransactionCommitted";
            case 14 -> "TransactionForgotten";
            case 20 -> "MessageAnnotated";
            case 21 -> "QueueNoted";
            case 22 -> "BodyStored";
            case 23, 24 -> "CopyEnqueued";
            case 25 -> "VotersNamed";
            case CHUNK -> "CHUNK";
            case SHARD_TAIL -> "SHARD_TAIL";
            case TRUNCATE -> "TRUNCATE";
            case COMMITTED -> "COMMITTED";
            case STATE_BEGUN -> "STATE_BEGUN";
            case STATE_INSTALLED -> "STATE_INSTALLED";
            case LOSS_ACCEPTED -> "LOSS_ACCEPTED";
            default -> "type " + type;
        };
    }
}
