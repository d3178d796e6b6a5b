package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageIdentity;
import dev.godwit.broker.runtime.BatchDoor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One message in one queue. Owned by the queue's loop; a consumer that was given it may read it until it settles it,
 * because nothing here changes meanwhile.
 */
public final class QueueEntry extends EntryMessage implements Parked {
    /** What an entry takes on the heap, roughly, with its places in lists. */
    private static final long ENTRY_BYTES = 160;

    private final MessageQueue queue;
    private EnqueueReply reply = EnqueueReply.NOBODY;

    /** A consumer may change both while it has the entry, as it may {@linkplain #takeMessage take} its message; nothing else here. */
    private boolean sent;

    private boolean delivered;

    /** The transaction's part in which it was posted; null for a message that stands for itself. */
    private @Nullable ShardBranch branch;

    private EntryState state = EntryState.ARRIVING;

    private long sequence;

    /** Wall clock: when it came, or came back; 0 for unknown, which is long ago. */
    private long waitsSinceMillis;

    private int deliveryCount;

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
        super(message);
        this.queue = queue;
        this.waitsSinceMillis = message.arrivalTimeMillis();
        this.notBeforeMillis = message.notBeforeMillis();
        this.reply = reply;
    }

    /** A message that has just come, in parts. */
    QueueEntry(MessageQueue queue, LargeArrival parts, EnqueueReply reply) {
        super(parts);
        this.queue = queue;
        this.waitsSinceMillis = parts.arrivalTimeMillis();
        this.notBeforeMillis = parts.notBeforeMillis();
        this.reply = reply;
    }

    private QueueEntry(MessageQueue queue, Message message, long index, int deliveryCount) {
        super(message);
        this.queue = queue;
        this.waitsSinceMillis = message.arrivalTimeMillis();
        this.state = EntryState.READY;
        takeIndex(index);
        failedBefore(deliveryCount);
    }

    /** A message in the journal that is not here. */
    private QueueEntry(
            MessageQueue queue,
            long index,
            int attributes,
            int sizeBytes,
            long expiryTimeMillis,
            @Nullable LargeMessage large,
            int deliveryCount,
            EntryState state) {
        super(index, attributes, sizeBytes, expiryTimeMillis, large);
        this.queue = queue;
        this.state = state;
        failedBefore(deliveryCount);
    }

    private QueueEntry(QueueEntry original, boolean withMessage, EntryState state) {
        super(original, withMessage);
        this.queue = original.queue;
        this.waitsSinceMillis = original.waitsSinceMillis;
        this.sequence = original.sequence;
        this.annotations = original.annotations;
        this.state = state;
        failedBefore(original.deliveryCount);
    }

    private void failedBefore(int deliveries) {
        deliveryCount = deliveries;
        acquiredBefore = deliveries > 0;
    }

    /** A message that was read back from the journal. */
    static QueueEntry readBack(MessageQueue queue, long index, int deliveryCount, Message message) {
        return new QueueEntry(queue, message, index, deliveryCount);
    }

    /** A message in the journal, of which is known what a reference says. */
    static QueueEntry unread(MessageQueue queue, long index, int attributes, int sizeBytes, int deliveryCount) {
        return new QueueEntry(
                queue, index, attributes, sizeBytes, NEVER_EXPIRES, null, deliveryCount, EntryState.READY);
    }

    /** A message that lies in the journal in parts. */
    static QueueEntry large(MessageQueue queue, long index, int deliveryCount, StoredMessages.Large stored) {
        var entry = new QueueEntry(
                queue, index, 0, 0, stored.expiryTimeMillis(), stored.parts(), deliveryCount, EntryState.READY);
        entry.waitsSinceMillis = stored.waitsSinceMillis();
        return entry;
    }

    /** A message in the journal that was not to be given out before a time. */
    static QueueEntry delayed(
            MessageQueue queue, long index, int attributes, int sizeBytes, int deliveryCount, long expiryTimeMillis) {
        return new QueueEntry(
                queue, index, attributes, sizeBytes, expiryTimeMillis, null, deliveryCount, EntryState.DELAYED);
    }

    /** A message that a transaction had posted when the broker stopped, and that comes if that is committed. */
    static QueueEntry posted(
            MessageQueue queue, long index, int attributes, long expiryTimeMillis, @Nullable LargeMessage large) {
        int sizeBytes = large == null ? HeldSizes.counted(HeldSizes.UNKNOWN, attributes) : 0;
        return new QueueEntry(queue, index, attributes, sizeBytes, expiryTimeMillis, large, 0, EntryState.ARRIVING);
    }

    /** It was found, when the broker started, to have been settled by a consumer within a transaction that is prepared. */
    void preparedAt(long place) {
        sequence = place;
        acquiredBefore = true;
        state = EntryState.PREPARED;
    }

    /** A copy to show of a message that stays where it is. */
    static QueueEntry shown(QueueEntry original) {
        var copy = new QueueEntry(original, true, EntryState.SHOWN);
        copy.acquiredBefore = original.acquiredBefore;
        return copy;
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

    /** True when a {@link Reference} says all that must be known of it: it is in the journal, and nobody has had it. */
    boolean fitsReference() {
        return isInJournal() && large() == null && !acquiredBefore;
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
        return smallBytes() + MESSAGE_BYTES + sizeBytes();
    }

    /** What this costs in memory while a consumer has it: one in the journal goes without its message. */
    long acquiredBytes() {
        return isInJournal() ? smallBytes() : fullBytes();
    }

    /** What this costs in memory as it is. Not to be asked while a consumer has it. */
    long presentBytes() {
        var message = message();
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

    EntryState state() {
        return state;
    }

    /**
     * The delivery annotation by which the consumer knows it again.
     *
     * @param journal stands for the journal
     * @return a section; null for a message that is not in the journal, and so lost with the broker
     */
    public @Nullable ByteBuffer identity(long journal) {
        return isInJournal() ? MessageIdentity.section(journal, queue.queueId(), index()) : null;
    }

    /** By which an operator names it; {@link DeliveryExplanation.Message#UNNUMBERED} as long as nothing does. */
    long number() {
        return isInJournal() ? index() : -sequence;
    }

    /** Why nobody else is given it, when somebody has it. */
    Obstacle obstacleOfHolder() {
        var bound = hold();
        return bound == null
                ? Obstacle.of(WaitingReason.ACQUIRED, "a consumer has it, and has not settled it")
                        .at(holder)
                : bound.obstacle();
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

    void become(EntryState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("message " + sequence + " (index " + index() + ") of " + queue.name() + ": "
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
        var next = new QueueEntry(this, !isInJournal(), EntryState.ACQUIRED);
        become(EntryState.LOST);
        next.shareClass = shareClass;
        next.shareGeneration = shareGeneration;
        next.notBeforeMillis = notBeforeMillis;
        next.ties = ties == null ? null : ties.handedOn();
        next.countedBytes = countedBytes;
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

    /** It is about to be given out as one of a group, or is held back as one. */
    void joinGroup(MessageGroup group) {
        ties().join(group);
    }

    /** Of which it was when it was last given out, or held back after that; null for none. */
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
