package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Goes once through a queue and does the same with each message that a filter wants: brings it elsewhere, or a copy of it, or
 * removes it. It is a consumer of the queue like any other, so it works in small portions between other work of the loop, and
 * reads what is not in memory as it comes to it. Owned by the queue's loop; lives until the end of the queue is reached, or
 * its limit.
 *
 * <p>A message that is brought elsewhere is removed here when it is safe there: after a crash in between it may be in both
 * places. What is not taken there stays in its old place.
 */
public final class Sweep implements ConsumerPort {
    /** Messages that may be on their way. */
    private static final int PORTION_MAX = 256;

    /** Messages that may be refused: nobody else is given them before the end. */
    private static final int REFUSED_MAX = 1_000;

    private static final long MILLIS_PER_SECOND = 1_000;

    /** How long one that was cancelled waits for what is on its way. */
    static final long CANCEL_PATIENCE_MILLIS = 5_000;

    /** What is done with each message. */
    public enum Work {
        /** It goes elsewhere. */
        MOVE,
        /** A copy goes elsewhere. */
        COPY,
        /** It goes. */
        REMOVE,
        /** It stays: the destination is asked where it would go. */
        COUNT
    }

    /** How far a sweep has come. */
    public enum State {
        RUNNING,
        /** All that it was for has been seen. */
        DONE,
        /** Somebody did not want it to go on. */
        CANCELLED,
        /** Too many messages were refused where they were to go. */
        GIVEN_UP,
        /** The queue is no more. */
        QUEUE_DELETED
    }

    /** Says where a message goes. Used on the queue's loop. */
    public interface Destination {
        /** False when {@link #wants} is true of every message. */
        boolean isChoosy();

        /**
         * Whether a message that the filter picks is to go anywhere. One that is not stays without having been touched.
         *
         * @param message whole, or the beginning of a large one
         */
        boolean wants(Message message);

        /**
         * The way there, for the queue's loop.
         *
         * @param message whole, or the beginning of a large one
         * @return null when there is none
         */
        @Nullable
        ProducerDoor wayOf(Message message);

        /** No message is brought any more: what waits until there is room for it need wait no longer, and is refused. */
        void leave();
    }

    /**
     * What a sweep is for.
     *
     * @param filter null for all messages
     * @param limit so many messages at most; never more than there are at the beginning
     * @param perSecond so many messages at most in a second; 0 for as fast as it goes
     */
    public record Plan(Work work, @Nullable MessageFilter filter, long limit, long perSecond) {}

    /**
     * What has become of the messages so far.
     *
     * @param done brought elsewhere, or removed
     * @param stayed those that the filter wanted and that were left where they are; looked at twice, they count twice
     */
    public record Progress(State state, long done, long stayed) {}

    private final MessageQueue queue;
    private final QueueLog journal;
    private final Plan plan;
    private final Destination destination;
    private final Clock clock;
    private final EventLoop owner;
    private final Consumer<Progress> whenEnded;
    private final MessageReader reader = new MessageReader();
    private @Nullable ConsumerDoor door;
    private State state = State.RUNNING;
    private long left;
    private long granted;
    private long received;
    private long done;
    private long passedBy;
    private int refused;
    private int onTheWay;

    /** Messages that are done with, and not gone from stable storage yet. */
    private int leaving;

    private State ending = State.DONE;
    private long startMillis;
    private boolean draining;
    private boolean reachedEnd;
    private boolean cancelled;
    private boolean posted;

    /** For the time when the rate allows the next message. */
    private boolean waits;

    private boolean ended;

    /** @param whenEnded told, once, when all that it did is on stable storage, on the queue's loop */
    Sweep(
            MessageQueue queue,
            QueueLog journal,
            Clock clock,
            Plan plan,
            Destination destination,
            Consumer<Progress> whenEnded) {
        this.queue = queue;
        this.journal = journal;
        this.clock = clock;
        this.plan = plan;
        this.destination = destination;
        this.owner = queue.owner();
        this.whenEnded = whenEnded;
    }

    void start() {
        owner.assertCurrent();
        var before = queue.statistics();
        left = Math.min(plan.limit(), before.ready() + before.acquired());
        startMillis = clock.nowMillis();
        var filter = destination.isChoosy() ? new Picking() : plan.filter();
        door = new QueueDoor(queue).openConsumer(owner, this, Interest.aside(filter, !takes()));
        goOn();
    }

    private boolean takes() {
        return plan.work() == Work.MOVE || plan.work() == Work.REMOVE;
    }

    public Progress progress() {
        owner.assertCurrent();
        return new Progress(state, done, passedBy + refused);
    }

    /**
     * No message is taken any more. Those on their way get there, or go back when they wait for room; those of which nothing
     * is heard before long go back, too, and may then be in both places.
     */
    public void cancel() {
        owner.assertCurrent();
        if (cancelled || ended) {
            return;
        }
        cancelled = true;
        destination.leave();
        owner.schedule(CANCEL_PATIENCE_MILLIS, () -> {
            destination.leave();
            end(State.CANCELLED);
        });
        goOnSoon();
    }

    /** Asks for the next portion; what comes of it, {@link #onDrained} tells. */
    private void goOn() {
        if (draining || ended || endWhenQuiet()) {
            return;
        }
        long allowed = Math.min(left, PORTION_MAX - onTheWay);
        if (plan.perSecond() > 0) {
            long sinceStart = clock.nowMillis() - startMillis;
            allowed = Math.min(allowed, 1 + sinceStart * plan.perSecond() / MILLIS_PER_SECOND - received);
        }
        if (allowed > 0) {
            left -= allowed;
            granted = received + allowed;
            draining = true;
            door().drain(granted);
        } else if (onTheWay < PORTION_MAX && !waits) {
            waits = true;
            owner.schedule(Math.max(1, MILLIS_PER_SECOND / plan.perSecond()), () -> {
                waits = false;
                goOn();
            });
        }
        // Else the next answer goes on.
    }

    /** Not at once: many portions would nest, and the queue may be giving messages out. */
    private void goOnSoon() {
        if (!posted) {
            posted = true;
            owner.execute(() -> {
                posted = false;
                goOn();
            });
        }
    }

    private ConsumerDoor door() {
        if (door == null) {
            throw new IllegalStateException("a sweep that has not begun");
        }
        return door;
    }

    @Override
    public void onMessage(QueueEntry entry) {
        if (cancelled || ended) {
            // It goes back when the sweep leaves.
            return;
        }
        received++;
        onTheWay++;
        var way = new Way(entry);
        var large = entry.large();
        var message = entry.takeMessage();
        if (plan.work() == Work.REMOVE) {
            way.onSafe();
        } else if (large != null) {
            new LargeMessageSource(large, journal, way::onUnreadable)
                    .copyTo(destination::wayOf, head -> withAdded(head, entry.annotations()), way);
        } else if (message != null) {
            var whole = entry.annotations() == null ? message : message.annotated(entry.annotations(), reader);
            var there = destination.wayOf(whole);
            if (there == null) {
                way.onRefused();
            } else {
                there.enqueue(whole, way);
            }
        } else {
            way.onRefused();
        }
    }

    /** The head as it came when it has no room for more. */
    private Message withAdded(Message head, @Nullable AddedAnnotations added) {
        var annotated = added == null ? null : head.headAnnotated(added, LargeMessageDoor.PART_BYTES_MAX, reader);
        return annotated == null ? head : annotated;
    }

    @Override
    public void onDrained() {
        draining = false;
        reachedEnd = received < granted;
        if (reachedEnd) {
            left += granted - received;
        }
        goOnSoon();
    }

    @Override
    public void onQueueDeleted() {
        end(State.QUEUE_DELETED);
    }

    /** True when it is over, or will be with the last answer. */
    private boolean endWhenQuiet() {
        boolean givesUp = refused >= REFUSED_MAX;
        boolean over = cancelled || givesUp || reachedEnd || (left == 0 && received == granted);
        if (over && onTheWay == 0) {
            end(cancelled ? State.CANCELLED : givesUp ? State.GIVEN_UP : State.DONE);
        }
        return over;
    }

    private void end(State how) {
        if (ended) {
            return;
        }
        ended = true;
        ending = how;
        if (how != State.QUEUE_DELETED) {
            door().leave();
        }
        tellEnd();
    }

    /** A message that was done with is gone from stable storage. */
    private void onGone() {
        leaving--;
        tellEnd();
    }

    private void tellEnd() {
        if (ended && leaving == 0 && state == State.RUNNING) {
            state = ending;
            whenEnded.accept(progress());
        }
    }

    /** What the filter picks and what has somewhere to go. Equal to no other: what it passes by nobody else does. */
    private final class Picking implements MessageFilter {
        @Override
        public boolean matches(Message message) {
            return matches(message, 0, null);
        }

        @Override
        public boolean matches(Message message, int deliveryCount, @Nullable AddedAnnotations added) {
            var filter = plan.filter();
            if (filter != null && !filter.matches(message, deliveryCount, added)) {
                return false;
            }
            boolean wanted = destination.wants(message);
            passedBy += wanted ? 0 : 1;
            return wanted;
        }
    }

    /** One message on its way; the first ending that it hears of counts. */
    private final class Way implements EnqueueReply {
        private final QueueEntry entry;
        private boolean over;

        Way(QueueEntry entry) {
            this.entry = entry;
        }

        @Override
        public boolean isTransfer() {
            return true;
        }

        @Override
        public void onSafe() {
            if (begin()) {
                done++;
                onTheWay--;
                if (takes()) {
                    leaving++;
                    door().consume(entry, Sweep.this::onGone);
                }
                goOnSoon();
            }
        }

        @Override
        public void onRefused() {
            if (plan.work() == Work.COUNT) {
                onSafe();
            } else if (begin()) {
                // It goes back when the sweep leaves: until then it would only be picked again.
                refused++;
                onTheWay--;
                goOnSoon();
            }
        }

        void onUnreadable(String problem) {
            if (begin()) {
                refused++;
                onTheWay--;
                if (takes()) {
                    door().setAside(entry, problem);
                }
                goOnSoon();
            }
        }

        /** Begins the ending, unless it has had one, or comes too late to change anything. */
        private boolean begin() {
            boolean first = !over && !ended;
            over = true;
            return first;
        }

        /** The process ends; a start finds out. */
        @Override
        public void onInDoubt() {}
    }
}
