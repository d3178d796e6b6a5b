package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import org.jspecify.annotations.Nullable;

/**
 * The message of a {@link QueueEntry}, and where it is: in memory, in parts, or in the journal. Owned as the entry is, and of one
 * object with it: there are as many as messages wait.
 *
 * <p>A message in the journal is taken out by the consumer that sends it, and read again if it has to be given out once more. So
 * what consumers have not settled costs little.
 */
abstract sealed class EntryMessage permits QueueEntry {
    static final long NOT_IN_JOURNAL = 0;
    static final long NEVER_EXPIRES = MessageEnqueued.NO_EXPIRY;

    /** What a message takes on the heap beside the encoded bytes, roughly. */
    static final long MESSAGE_BYTES = 224;

    private final int sizeBytes;

    /** What a reference says of a message that was let go before it came into the line. */
    private int attributes;

    /** In the log; of a message that is not there, with the other sign, that of the last before it that is. */
    private long index = NOT_IN_JOURNAL;

    /** Of a message that is not in the journal: counted, so that those between two that are there have an order. */
    private int unrecorded;

    private long expiryTimeMillis;
    private @Nullable LargeMessage large;
    private @Nullable LargeArrival parts;

    /** A consumer may change it while it has the entry. */
    private @Nullable Message message;

    EntryMessage(Message message) {
        this.message = message;
        this.sizeBytes = message.sizeBytes();
        this.expiryTimeMillis = message.expiryTimeMillis();
    }

    EntryMessage(LargeArrival parts) {
        this.parts = parts;
        this.sizeBytes = 0;
        this.expiryTimeMillis = parts.expiryTimeMillis();
    }

    /**
     * A message in the journal that is not here.
     *
     * @param attributes what a reference says of it
     * @param large where its parts are; null for a message that has none
     */
    EntryMessage(long index, int attributes, int sizeBytes, long expiryTimeMillis, @Nullable LargeMessage large) {
        this.index = index;
        this.attributes = attributes;
        this.sizeBytes = sizeBytes;
        this.expiryTimeMillis = expiryTimeMillis;
        this.large = large;
    }

    /** The same once more, with the message itself if that is wanted, and here. */
    EntryMessage(EntryMessage original, boolean withMessage) {
        this.index = original.index;
        this.unrecorded = original.unrecorded;
        this.attributes = original.attributes;
        this.sizeBytes = original.sizeBytes;
        this.expiryTimeMillis = original.expiryTimeMillis;
        this.large = original.large;
        this.message = withMessage ? original.message : null;
    }

    /**
     * The message, which is the caller's from now on: an entry whose message is in the journal lets go of it. For the
     * consumer that was given this entry, once for each time; null for a message that lies in parts.
     */
    public @Nullable Message takeMessage() {
        var taken = message;
        if (isInJournal()) {
            message = null;
        }
        return taken;
    }

    /** The message while it is in memory. Not to be asked while a consumer has it. */
    @Nullable
    Message message() {
        return message;
    }

    /** The message was read again. */
    void refill(Message readAgain) {
        message = readAgain;
    }

    /** The message can be read again when it is needed. Not while a consumer has it. */
    void letMessageGo() {
        if (isInJournal()) {
            message = null;
        }
    }

    /** It lies in the journal, and memory is needed for others: it comes into the line without its message. */
    void letPostedGo() {
        if (isInJournal() && message != null) {
            attributes = MessageAttributes.of(message);
            message = null;
        }
    }

    /** True when it can be given out as it is. Not to be asked while a consumer has it. */
    boolean isAtHand() {
        return message != null || large != null;
    }

    /** Where the bytes are when they are too many to be held; null for all other messages. */
    public @Nullable LargeMessage large() {
        return large;
    }

    /** The parts of a message that has not been recorded yet; null for all others. */
    @Nullable
    LargeArrival parts() {
        return parts;
    }

    /** The parts were joined by a record. */
    void recorded(LargeMessage whole) {
        large = whole;
        parts = null;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** What counts for this where a queue may hold only so many bytes: the message as it came, encoded. */
    long heldBytes() {
        if (large != null) {
            return large.encodedBytes();
        }
        return parts == null ? sizeBytes : parts.bytes();
    }

    /** True when it has a group-id. To be asked when it is at hand, or has just been found in the journal. */
    boolean isGrouped() {
        if (message != null) {
            return message.hasGroup();
        }
        return MessageAttributes.isGrouped(large == null ? attributes : large.attributes());
    }

    /** AMQP 1.0 §3.2.1. To be asked before it comes into the line. */
    int priority() {
        if (message != null) {
            return message.priority();
        }
        return MessageAttributes.priority(large == null ? attributes : large.attributes());
    }

    /** What a reference says of it, whether its message is here or was let go. */
    int attributes() {
        return message == null ? attributes : MessageAttributes.of(message);
    }

    /** Whose numbers its producer's are if that asked that they be taken once; of one that has just come. */
    @Nullable
    Numbering numbering() {
        if (parts != null) {
            return parts.numbering();
        }
        return message == null ? null : message.numbering();
    }

    long expiryTimeMillis() {
        return expiryTimeMillis;
    }

    /** Before it is recorded. */
    void expireAtLatest(long newExpiryTimeMillis) {
        expiryTimeMillis = Math.min(expiryTimeMillis, newExpiryTimeMillis);
    }

    public boolean mayExpire() {
        return expiryTimeMillis != NEVER_EXPIRES;
    }

    /** How long it still lives, as its header is to say (AMQP 1.0 §3.2.1); of no account when it does not expire. */
    public long leftMillis() {
        return mayExpire() ? expiryTimeMillis - Clock.SYSTEM.nowMillis() : NEVER_EXPIRES;
    }

    boolean isExpired(long nowMillis) {
        return expiryTimeMillis <= nowMillis;
    }

    long index() {
        return Math.max(NOT_IN_JOURNAL, index);
    }

    boolean isInJournal() {
        return index > NOT_IN_JOURNAL;
    }

    void takeIndex(long newIndex) {
        index = newIndex;
    }

    /**
     * It is not in the journal, and came into the line behind others.
     *
     * @param lastIndex of the last one before it that is in the journal
     * @param count of those that are not
     */
    void cameAfter(long lastIndex, int count) {
        index = -lastIndex;
        unrecorded = count;
    }

    /** True when it came before the other one, whatever their priorities. */
    boolean cameBefore(EntryMessage other) {
        int order = Long.compare(Math.abs(index), Math.abs(other.index));
        if (order != 0) {
            return order < 0;
        }
        // One that is in the journal comes before those that came after it. A difference, since the count wraps around.
        return isInJournal() || (!other.isInJournal() && unrecorded - other.unrecorded < 0);
    }
}
