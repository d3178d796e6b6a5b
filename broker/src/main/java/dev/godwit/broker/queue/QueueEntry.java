package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageIdentity;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One message in one queue. Owned by the queue's loop; a consumer that was given it may read it until it settles it,
 * because nothing here changes meanwhile.
 *
 * <p>The message itself may be elsewhere: a message in the journal is taken out by the consumer that sends it, and read
 * again if it has to be given out once more. So what consumers have not settled costs little.
 */
public final class QueueEntry implements Parked {
    static final long NOT_IN_JOURNAL = 0;
    static final long NEVER_EXPIRES = MessageEnqueued.NO_EXPIRY;

    /** What an entry takes on the heap, roughly, with its places in lists. */
    private static final long ENTRY_BYTES = 160;

    /** What a message takes on the heap beside the encoded bytes, roughly. */
    private static final long MESSAGE_BYTES = 224;

    private final MessageQueue queue;
    private final int sizeBytes;
    private long expiryTimeMillis;
    private @Nullable LargeMessage large;
    private @Nullable LargeArrival parts;
    private EnqueueReply reply = EnqueueReply.NOBODY;

    /** A consumer may change it while it has the entry, as it may say that it was sent; nothing else here. */
    private @Nullable Message message;

    private boolean sent;
    private boolean delivered;

    /** The transaction's part in which it was posted; null for a message that stands for itself. */
    private @Nullable ShardBranch branch;

    private EntryState state = EntryState.ARRIVING;

    /** In the log; of a message that is not there, with the other sign, that of the last before it that is. */
    private long index = NOT_IN_JOURNAL;

    private long sequence;

    /** Wall clock: when it came, or came back; 0 for unknown, which is long ago. */
    private long waitsSinceMillis;

    /** Of a message that is not in the journal: counted, so that those between two that are there have an order. */
    private int unrecorded;

    private int deliveryCount;

    /** What a reference says of a message that was let go before it came into the line. */
    private int attributes;

    /** Nobody is to be given it earlier; {@link DeliveryTime#AT_ONCE}. */
    private long notBeforeMillis = DeliveryTime.AT_ONCE;

    private boolean acquiredBefore;

    /** Of a {@link FairShare}: which class it is, and of which generation that is; 0 for none. */
    private byte shareClass;

    private byte shareGeneration;

    /** How many bytes the broker's count of memory holds for this. */
    private long countedBytes;

    /** The consumer that has it, and its neighbours in that consumer's list. */
    @Nullable
    QueueConsumer holder;

    @Nullable
    QueueEntry previousHeld;

    @Nullable
    QueueEntry nextHeld;

    /** What consumers that gave it back have added; null for nothing. */
    private @Nullable AddedAnnotations annotations;

    /** Null for none. */
    private @Nullable EntryTies ties;

    /** A message that has just come. */
    QueueEntry(MessageQueue queue, Message message, EnqueueReply reply) {
        this.queue = queue;
        this.message = message;
        this.large = null;
        this.sizeBytes = message.sizeBytes();
        this.expiryTimeMillis = message.expiryTimeMillis();
        this.waitsSinceMillis = message.arrivalTimeMillis();
        this.notBeforeMillis = message.notBeforeMillis();
        this.reply = reply;
    }

    /** A message that has just come, in parts. */
    QueueEntry(MessageQueue queue, LargeArrival parts, EnqueueReply reply) {
        this.queue = queue;
        this.parts = parts;
        this.sizeBytes = 0;
        this.expiryTimeMillis = parts.expiryTimeMillis();
        this.waitsSinceMillis = parts.arrivalTimeMillis();
        this.notBeforeMillis = parts.notBeforeMillis();
        this.reply = reply;
    }

    private QueueEntry(
            MessageQueue queue,
            long index,
            int deliveryCount,
            int sizeBytes,
            long expiryTimeMillis,
            long waitsSinceMillis,
            @Nullable Message message,
            @Nullable LargeMessage large) {
        this.queue = queue;
        this.index = index;
        this.deliveryCount = deliveryCount;
        this.acquiredBefore = deliveryCount > 0;
        this.sizeBytes = sizeBytes;
        this.expiryTimeMillis = expiryTimeMillis;
        this.waitsSinceMillis = waitsSinceMillis;
        this.message = message;
        this.large = large;
        this.state = EntryState.READY;
    }

    /** A message that was read back from the journal. */
    static QueueEntry readBack(MessageQueue queue, long index, int deliveryCount, Message message) {
        return new QueueEntry(
                queue,
                index,
                deliveryCount,
                message.sizeBytes(),
                message.expiryTimeMillis(),
                message.arrivalTimeMillis(),
                message,
                null);
    }

    /** A message in the journal, of which is known what a reference says. */
    static QueueEntry unread(MessageQueue queue, long index, int attributes, int sizeBytes, int deliveryCount) {
        var entry = new QueueEntry(queue, index, deliveryCount, sizeBytes, NEVER_EXPIRES, 0, null, null);
        entry.attributes = attributes;
        return entry;
    }

    /** A message that lies in the journal in parts. */
    static QueueEntry large(MessageQueue queue, long index, int deliveryCount, StoredMessages.Large stored) {
        return new QueueEntry(
                queue,
                index,
                deliveryCount,
                0,
                stored.expiryTimeMillis(),
                stored.waitsSinceMillis(),
                null,
                stored.parts());
    }

    /** A message in the journal that was not to be given out before a time. */
    static QueueEntry delayed(
            MessageQueue queue, long index, int attributes, int sizeBytes, int deliveryCount, long expiryTimeMillis) {
        var entry = new QueueEntry(queue, index, deliveryCount, sizeBytes, expiryTimeMillis, 0, null, null);
        entry.attributes = attributes;
        entry.state = EntryState.DELAYED;
        return entry;
    }

    /** A message that a transaction had posted when the broker stopped, and that comes if that is committed. */
    static QueueEntry posted(
            MessageQueue queue, long index, int attributes, long expiryTimeMillis, @Nullable LargeMessage large) {
        int sizeBytes = large == null ? HeldSizes.counted(HeldSizes.UNKNOWN, attributes) : 0;
        var entry = new QueueEntry(queue, index, 0, sizeBytes, expiryTimeMillis, 0, null, large);
        entry.attributes = attributes;
        entry.state = EntryState.ARRIVING;
        return entry;
    }

    /** It was found, when the broker started, to have been settled by a consumer within a transaction that is prepared. */
    void preparedAt(long place) {
        sequence = place;
        acquiredBefore = true;
        state = EntryState.PREPARED;
    }

    /** A copy to show of a message that stays where it is. */
    static QueueEntry shown(QueueEntry original) {
        var copy = new QueueEntry(
                original.queue,
                original.index,
                original.deliveryCount,
                original.sizeBytes,
                original.expiryTimeMillis,
                original.waitsSinceMillis,
                original.message,
                original.large);
        copy.sequence = original.sequence;
        copy.unrecorded = original.unrecorded;
        copy.acquiredBefore = original.acquiredBefore;
        copy.annotations = original.annotations;
        copy.state = EntryState.SHOWN;
        return copy;
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

    /** Deliveries that failed before this one (AMQP 1.0 §3.2.1). */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** What is to be merged into the message's own annotations when it is sent; null for nothing. */
    public @Nullable AddedAnnotations annotations() {
        return annotations;
    }

    /** The same with what holds for this delivery only. */
    public @Nullable AddedAnnotations annotationsToSend() {
        var hold = hold();
        var token = hold == null ? null : hold.token();
        var added = hold == null || token == null
                ? annotations
                : AddedAnnotations.locked(annotations, token.id(), hold.firstLockedUntilMillis());
        return ties != null && ties.isNumbered() ? AddedAnnotations.numbered(added, sequenceNumber()) : added;
    }

    /** Not while a consumer has it. */
    void annotate(AddedAnnotations all) {
        annotations = all;
    }

    /** True when some consumer may have seen it before. */
    public boolean wasAcquiredBefore() {
        return acquiredBefore;
    }

    /** True when the producer behind this door waits for what becomes of it. */
    boolean isAwaitedBehind(BatchDoor<Runnable> door) {
        return reply instanceof EnqueueReply.Through through && through.door() == door;
    }

    /** The message while it is in memory. Not to be asked while a consumer has it. */
    @Nullable
    Message message() {
        return message;
    }

    /** True when it can be given out as it is. Not to be asked while a consumer has it. */
    boolean isAtHand() {
        return message != null || large != null;
    }

    /** True when it has a group-id. To be asked when it is at hand, or has just been found in the journal. */
    boolean isGrouped() {
        if (message != null) {
            return message.hasGroup();
        }
        return MessageAttributes.isGrouped(large == null ? attributes : large.attributes());
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

    /** True when a {@link Reference} says all that must be known of it: it is in the journal, and nobody has had it. */
    boolean fitsReference() {
        return isInJournal() && large == null && !acquiredBefore;
    }

    /** Nobody is to be given it earlier: wall clock, or {@link DeliveryTime#AT_ONCE}. */
    long notBeforeMillis() {
        return notBeforeMillis;
    }

    /** True when there is such a time, which may have come. */
    boolean isDelayed() {
        return notBeforeMillis != DeliveryTime.AT_ONCE;
    }

    /** True when a consumer has laid it aside, also while somebody has fetched it. */
    boolean isDeferred() {
        return notBeforeMillis == DeliveryTime.DEFERRED;
    }

    /** By which it is fetched when it was laid aside, and {@linkplain #number named} by operators. */
    long sequenceNumber() {
        return number();
    }

    /** Whoever is given it is told its number. */
    void tellNumber() {
        ties().number();
    }

    void waitUntil(long newNotBeforeMillis) {
        notBeforeMillis = newNotBeforeMillis;
    }

    /** It was found waiting when the broker started; {@code place} is where it goes back to, if it has one. */
    void waitFrom(long place, long newNotBeforeMillis) {
        sequence = place;
        notBeforeMillis = newNotBeforeMillis;
        state = isDeferred() ? EntryState.DEFERRED : EntryState.DELAYED;
        acquiredBefore |= isDeferred();
    }

    /** What a reference says of it, whether its message is here or was let go. */
    int attributes() {
        return message == null ? attributes : MessageAttributes.of(message);
    }

    /** AMQP 1.0 §3.2.1. To be asked before it comes into the line. */
    int priority() {
        if (message != null) {
            return message.priority();
        }
        return MessageAttributes.priority(large == null ? attributes : large.attributes());
    }

    MessageQueue queue() {
        return queue;
    }

    /** It is to be seen when the transaction is committed, whose part in this shard that is. Before it is passed on. */
    void postIn(@Nullable ShardBranch transactionBranch) {
        branch = transactionBranch;
    }

    /** Gives away the transaction's part that it belongs to: it belongs there once. */
    @Nullable
    ShardBranch takeBranch() {
        var taken = branch;
        branch = null;
        return taken;
    }

    /** What it has in common with copies in other queues; asked before the reply is given away. */
    @Nullable
    SharedBody sharedBody() {
        return reply.sharedBody();
    }

    /** Asked before the reply is given away. */
    boolean isTransfer() {
        return reply.isTransfer();
    }

    /** Somebody else waits for the same. */
    void alsoTell(EnqueueReply other) {
        reply = EnqueueReply.both(reply, other);
    }

    /** Gives the reply away: it is given once, and what hangs on it (a whole connection) must not live as long as this. */
    EnqueueReply takeReply() {
        var taken = reply;
        reply = EnqueueReply.NOBODY;
        return taken;
    }

    /** Takes back a reply that was taken and not given. */
    void answerTo(EnqueueReply notYetGiven) {
        reply = notYetGiven;
    }

    /** What this costs in memory with its message, in bytes. */
    long fullBytes() {
        return smallBytes() + MESSAGE_BYTES + sizeBytes;
    }

    /** What this costs in memory while a consumer has it: one in the journal goes without its message. */
    long acquiredBytes() {
        return isInJournal() ? smallBytes() : fullBytes();
    }

    /** What this costs in memory as it is. Not to be asked while a consumer has it. */
    long presentBytes() {
        return message == null ? smallBytes() : smallBytes() + MESSAGE_BYTES + message.sizeBytes();
    }

    private long smallBytes() {
        return ENTRY_BYTES
                + (annotations == null ? 0 : annotations.heapBytes())
                + (ties == null ? 0 : ties.heapBytes());
    }

    /** Changes how much memory is counted for this. */
    void count(MessageMemory memory, long bytes) {
        memory.add(bytes - countedBytes);
        queue.onCounted(bytes - countedBytes);
        countedBytes = bytes;
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

    EntryState state() {
        return state;
    }

    /** Whose numbers its producer's are if that asked that they be taken once; of one that has just come. */
    @Nullable
    Numbering numbering() {
        if (parts != null) {
            return parts.numbering();
        }
        return message == null ? null : message.numbering();
    }

    /**
     * The delivery annotation by which the consumer knows it again.
     *
     * @param journal stands for the journal
     * @return a section; null for a message that is not in the journal, and so lost with the broker
     */
    public @Nullable ByteBuffer identity(long journal) {
        return isInJournal() ? MessageIdentity.section(journal, queue.queueId(), index) : null;
    }

    long index() {
        return Math.max(NOT_IN_JOURNAL, index);
    }

    boolean isInJournal() {
        return index > NOT_IN_JOURNAL;
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

    /** By which an operator names it; {@link DeliveryExplanation.Message#UNNUMBERED} as long as nothing does. */
    long number() {
        return isInJournal() ? index : -sequence;
    }

    /** Why nobody else is given it, when somebody has it. */
    Obstacle obstacleOfHolder() {
        var bound = hold();
        return bound == null
                ? Obstacle.of(WaitingReason.ACQUIRED, "a consumer has it, and has not settled it")
                        .at(holder)
                : bound.obstacle();
    }

    /** True when it came before the other one, whatever their priorities. */
    boolean cameBefore(QueueEntry other) {
        int order = Long.compare(Math.abs(index), Math.abs(other.index));
        if (order != 0) {
            return order < 0;
        }
        // One that is in the journal comes before those that came after it. A difference, since the count wraps around.
        return isInJournal() || (!other.isInJournal() && unrecorded - other.unrecorded < 0);
    }

    /** Wall clock, milliseconds: since when it could have been given out; 0 for unknown, which is long ago. */
    long waitsSinceMillis() {
        return waitsSinceMillis;
    }

    void waitSince(long nowMillis) {
        waitsSinceMillis = nowMillis;
    }

    long sequence() {
        return sequence;
    }

    void takeSequence(long newSequence) {
        sequence = newSequence;
    }

    void takeIndex(long newIndex) {
        index = newIndex;
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

    void become(EntryState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("message " + sequence + " (index " + index + ") of " + queue.name() + ": "
                    + state + " may not become " + next);
        }
        var before = state;
        state = next;
        if (ties != null) {
            ties.onBecame(before, next);
        }
    }

    /** The consumer that has it begins to send it to its peer. */
    public void onSent() {
        sent = true;
        var hold = hold();
        if (hold != null) {
            hold.onSending();
        }
    }

    /** Whether the consumer that has it, and is leaving, has sent it. */
    boolean wasSent() {
        return sent;
    }

    /** The consumer that has it has sent its peer all of it, and no open transaction has a say in what becomes of it. */
    public void onDelivered() {
        delivered = true;
    }

    /** Whether the peer of the consumer that has it, and is leaving, may be done with it. */
    boolean wasDelivered() {
        return delivered;
    }

    void acquiredBy(QueueConsumer consumer) {
        become(EntryState.ACQUIRED);
        sent = false;
        delivered = false;
        consumer.hold(this);
    }

    /**
     * It is taken away from its consumer, which may still speak of it: that is about this entry, and void. The message goes on
     * in another one, which is about to be given back.
     */
    QueueEntry takenAway() {
        // What the consumer has not taken yet may be read again: it may be about to take it.
        var next = new QueueEntry(
                queue,
                index,
                deliveryCount,
                sizeBytes,
                expiryTimeMillis,
                waitsSinceMillis,
                isInJournal() ? null : message,
                large);
        become(EntryState.LOST);
        next.sequence = sequence;
        next.unrecorded = unrecorded;
        next.attributes = attributes;
        next.shareClass = shareClass;
        next.shareGeneration = shareGeneration;
        next.annotations = annotations;
        next.notBeforeMillis = notBeforeMillis;
        next.ties = ties == null ? null : ties.handedOn();
        next.countedBytes = countedBytes;
        next.state = EntryState.ACQUIRED;
        countedBytes = 0;
        return next;
    }

    /** For how long its consumer may have it. Right after it was given out. */
    void holdFor(DeliveryHold hold) {
        ties().holdFor(hold);
    }

    /** For how long its consumer may have it; null for as long as it wants. */
    public @Nullable DeliveryHold hold() {
        return ties == null ? null : ties.hold();
    }

    /** Takes it from whoever has it. */
    void returned(boolean deliveryFailed) {
        become(EntryState.READY);
        acquiredBefore = true;
        if (deliveryFailed) {
            deliveryCount++;
        }
    }

    void neverAgainTo(QueueConsumer consumer) {
        ties().neverAgainTo(consumer);
    }

    boolean isDeliverableTo(QueueConsumer consumer) {
        return ties == null || ties.mayGoTo(consumer);
    }

    /** Its class in a {@link FairShare} of that generation; -1 when it is not known. */
    int shareOf(byte generation) {
        return generation == shareGeneration ? shareClass : -1;
    }

    void shareAs(int number, byte generation) {
        shareClass = (byte) number;
        shareGeneration = generation;
    }

    /** It is about to be given out as one of a group. */
    void joinGroup(MessageGroup group) {
        ties().join(group);
    }

    /** Of which it was when it was last given out; null for none. */
    @Nullable
    MessageGroup group() {
        return ties == null ? null : ties.group();
    }

    private EntryTies ties() {
        if (ties == null) {
            ties = new EntryTies();
        }
        return ties;
    }

    @Override
    public void onCommitted() {
        queue.onArrivalCommitted(this);
    }

    @Override
    public void onLost() {
        takeReply().onInDoubt();
    }
}
