package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The only way to a {@link MessageQueue} from another event loop. Stateless; any thread may hold it. */
public final class QueueDoor {
    private final MessageQueue queue;
    private final NodeUse use = new NodeUse();

    public QueueDoor(MessageQueue queue) {
        this.queue = queue;
    }

    public String name() {
        return queue.name();
    }

    /** Which links have it at their end, if they came by this door. */
    public NodeUse use() {
        return use;
    }

    /** True for a queue that lives no longer than the connection that made it. */
    public boolean isTemporary() {
        return queue.isTemporary();
    }

    /** In whose journal its durable messages are. */
    public int shard() {
        return queue.shard();
    }

    public boolean isOwnedBy(EventLoop loop) {
        return queue.owner() == loop;
    }

    /** A way in for one producer; {@code caller} is its loop, on which replies come. */
    public ProducerDoor openProducer(EventLoop caller) {
        return new QueueProducerDoor(queue, caller);
    }

    /** A way out for one consumer; {@code caller} is its loop, on which {@code port} is called. */
    public ConsumerDoor openConsumer(EventLoop caller, ConsumerPort port) {
        return openConsumer(caller, port, Interest.ALL);
    }

    /** The same for a consumer that does not want every message, or only wants to look. */
    public ConsumerDoor openConsumer(EventLoop caller, ConsumerPort port, Interest interest) {
        return new ConsumerDoor(queue, caller, port, interest);
    }

    /** For the queue's loop: what comes from now on goes to that fork first; null for straight into the queue. */
    public void fork(@Nullable Fork fork) {
        queue.entrance().put(fork);
    }

    /** Where the queue lives. */
    public EventLoop owner() {
        return queue.owner();
    }

    /** Removes what is in the queue and nobody has; tells {@code whenSafe}, on the queue's loop, how much that was. */
    public void purge(LongConsumer whenSafe) {
        queue.owner().execute(() -> queue.purge(whenSafe));
    }

    /**
     * Begins a sweep, which is the queue's loop's from then on.
     *
     * @param whenEnded told there, once, when all that it did is on stable storage
     */
    public Sweep sweep(Sweep.Plan plan, Sweep.Destination destination, Consumer<Sweep.Progress> whenEnded) {
        var sweep = queue.newSweep(plan, destination, whenEnded);
        queue.owner().execute(sweep::start);
        return sweep;
    }

    /**
     * Tells {@code receiver}, on the queue's loop, which messages wait for their time: those that come after a time and, of
     * that time, after an id's number, in order.
     *
     * @param countMax at most so many
     */
    public void listScheduled(
            long afterMillis, long afterNumber, int countMax, Consumer<List<ScheduledMessage>> receiver) {
        queue.owner().execute(() -> receiver.accept(queue.delayed().list(afterMillis, afterNumber, countMax)));
    }

    /** Removes a message if it still waits for its time; tells {@code whenSafe}, on the queue's loop, 1, or 0 if not. */
    public void cancelScheduled(ScheduledMessage.Id id, LongConsumer whenSafe) {
        queue.owner().execute(() -> queue.clearing().cancelDelayed(id, whenSafe));
    }

    /** Removes all that wait for their time now; tells {@code whenSafe}, on the queue's loop, how many they were. */
    public void cancelAllScheduled(LongConsumer whenSafe) {
        queue.owner().execute(() -> queue.clearing().cancelDelayed(whenSafe));
    }

    /**
     * Gives consumers more time for messages that they have locked; tells {@code receiver}, on the queue's loop, until when
     * each lock runs (wall clock, milliseconds), or null when one of them has run out: then none is renewed.
     */
    public void renewLocks(List<LockToken> tokens, Consumer<long @Nullable []> receiver) {
        queue.owner().execute(() -> receiver.accept(queue.settlements().holds().renew(tokens)));
    }

    /** Finds out why messages are not given out; tells {@code told} on the queue's loop. */
    public void explain(DeliveryQuestion question, Consumer<DeliveryExplanation> told) {
        queue.owner().execute(() -> queue.explain(question, told));
    }

    /** Tells {@code told}, on the queue's loop, what messages wait for that were sent here and are not confirmed. */
    public void explainIntake(Consumer<List<IntakeBacklog>> told) {
        queue.owner().execute(() -> told.accept(queue.gates().ofIntake()));
    }

    /**
     * Tells {@code receiver}, on the queue's loop, which messages consumers have laid aside: those after a sequence number,
     * in order.
     *
     * @param countMax at most so many
     */
    public void listDeferred(long afterNumber, int countMax, Consumer<List<DeferredMessage>> receiver) {
        queue.owner().execute(() -> receiver.accept(queue.deferred().list(afterNumber, countMax)));
    }

    /**
     * Has messages given out again that consumers have laid aside; tells {@code receiver}, on the queue's loop, how many of
     * these were there.
     */
    public void returnDeferred(List<Long> sequenceNumbers, IntConsumer receiver) {
        queue.owner().execute(() -> receiver.accept(queue.settlements().returnDeferred(sequenceNumbers)));
    }

    /** Tells the queue's counts to {@code receiver}, on the queue's loop. */
    public void readStatistics(Consumer<QueueStatistics> receiver) {
        queue.owner().execute(() -> receiver.accept(queue.statistics()));
    }
}
