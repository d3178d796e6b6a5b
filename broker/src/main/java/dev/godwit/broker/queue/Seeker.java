package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Who does not simply take a queue's first message: he looks for his own with {@link LaneCursors}. Owned by the queue's
 * loop; lives as long as it has consumers.
 */
interface Seeker {
    /** What came of an attempt. */
    enum Step {
        /** A consumer was served, or a message was passed that none of them may have. */
        MOVED,
        /** Nothing for now: no credit, no message, or none that is read yet. */
        RESTS,
        /** Time is up before it was known. */
        TIRED
    }

    /** It will be served, unless the time does not suffice. */
    void onTurn();

    /** Gives one message to one consumer. */
    Step step(long nowMillis, Effort effort);

    /** A consumer may have credit. */
    void offer(QueueConsumer consumer);

    /** A consumer left; true when it was the last one. */
    boolean remove(QueueConsumer consumer);

    /** True when some consumer waits with credit. */
    boolean hasTaker();

    /** The highest priority below this one of which some consumer waits with credit; {@link Long#MIN_VALUE} for none. */
    long takersPriorityBelow(long priority);

    /** Consumers of lower priority than this are given nothing from now on. */
    void showDownTo(long priority);

    /** True when there is, or may be, a message for this consumer. */
    boolean hasFor(QueueConsumer consumer);

    /** A message came back. */
    void onReturned(long sequence);

    /** Whether those it is for want a message, as far as their filter says. */
    boolean wants(Message seen, int deliveryCount, @Nullable AddedAnnotations added);

    LaneCursors cursors();

    /** How many it is for. */
    int consumers();

    /** What is known of groups does not hold any more. */
    void startAgain();

    /** Nobody waits for what was read ahead: it can be read again. */
    void letGo();
}
