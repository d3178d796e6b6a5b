package dev.godwit.broker.queue;

import java.util.Locale;

/**
 * Why a message is not being given to a consumer. Each gate that a message has to pass knows its own reason; what is found
 * first, in the order in which the gates decide, is what the message waits for.
 */
public enum WaitingReason {
    /** The journal has not put it on the disk yet, or one that came before it. */
    NOT_ON_DISK,
    /** It stands in front of the queue, because the disk is full. */
    JOURNAL_FULL,
    /** It stands in front of the queue, which may not hold more. */
    QUEUE_FULL,
    /** It was posted in a transaction that has not ended. */
    POSTED_IN_TRANSACTION,
    /** The queue reads, after a start, what it has to know of its messages. */
    STARTING,
    /** Its sender has set a time before which nobody is to have it. */
    SCHEDULED,
    /** It failed, or could not leave, and is tried again at a time. */
    RETRY_DELAY,
    /** A consumer has laid it aside: it is given to whoever asks for it by its number. */
    DEFERRED,
    /** A consumer has it. */
    ACQUIRED,
    /** A consumer has it until its lock runs out. */
    LOCKED,
    /** A consumer has settled it in a transaction that has not ended. */
    SETTLED_IN_TRANSACTION,
    /** A consumer has settled it in a transaction that is prepared, and waits for its commit or its rollback. */
    HELD_BY_PREPARED_TRANSACTION,
    /** It is on its way to the dead letters, which have not taken it yet. */
    BECOMING_DEAD_LETTER,
    /** Its bytes on the disk are damaged; nobody is given it. */
    DAMAGED,
    /** Its time to live is over: it is about to leave, or is not taken where expired messages go. */
    EXPIRED,
    /** Another node may be serving the shard: this one gives nothing out until it has heard from the majority. */
    NO_LEASE,
    /** Consumers of this subscription have as much as it may hold. */
    CONSUMERS_HOLD_ALL,
    /** Nobody is here who takes messages. */
    NO_CONSUMER,
    /** Too many deliveries failed: the queue pauses. */
    CIRCUIT_BREAKER_OPEN,
    /** Too many deliveries failed: one other message is out to see whether they go well again. */
    CIRCUIT_BREAKER_PROBING,
    /** No consumer's filter wants it. */
    NO_CONSUMER_MATCHES,
    /** Each consumer that wants it has said that it cannot be delivered to him. */
    UNDELIVERABLE_HERE,
    /** The queue finds out, after a start, of which groups messages are that are to be tried again. */
    GROUPS_UNKNOWN,
    /** An older message of its group is to be tried again first. */
    GROUP_RETRY,
    /** Its group goes to another consumer as soon as the last one has settled what he has of it. */
    GROUP_MOVES,
    /** Its group is another consumer's, who has asked for no more, or has something of it yet. */
    GROUP_OWNED,
    /** Another consumer has the queue to himself. */
    EXCLUSIVE_CONSUMER,
    /** None of those who want it has asked for more: without credit, or with a connection that takes nothing for now. */
    NO_CREDIT,
    /** It is being read from the disk. */
    BEING_READ,
    /** Nothing keeps it: its turn comes after those before it. */
    IN_TURN;

    /** As answers have it: in small letters, with hyphens. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
