package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a consumer has and has not settled: when it resumes its link, each takes the outcome that the consumer
 * gave it, or is sent again under its tag, or goes back to the queue when the consumer knows nothing of it.
 */
final class ConsumerTerminus extends ResumableTerminus {
    /** Messages beyond so many bytes are not kept for a resumed delivery: they go back to the queue and come anew. */
    private static final long MESSAGE_BYTES_MAX = 16 << 20;

    /** What a message that is held takes besides its own bytes. */
    static final int HELD_BYTES = 512;

    private final Map<Binary, Held> held = new LinkedHashMap<>();
    private final KeptRoom room;
    private final String user;
    private long messageBytes;

    /** As the consumer last wished it. */
    private @Nullable Source source;

    ConsumerTerminus(
            ResumableLinks registry, ResumableLinks.Key key, String address, TerminusExpiry expiry, EventLoop owner) {
        super(registry, key, address, expiry, owner);
        room = registry.messageBytes();
        user = key.user();
    }

    void remember(Source wished) {
        source = wished;
    }

    /** What the link received from; null before its first attach was answered. */
    @Nullable
    Source source() {
        return source;
    }

    /** A message that the consumer has. Owned by the loop that owns the terminus. */
    static final class Held {
        private final QueueEntry entry;
        private final @Nullable Message message;
        private final long leftMillis;
        private final ConsumerStake stake;

        /** Since the first time that its link was suspended. */
        private boolean takesRoom;

        /**
         * @param message null when it cannot be sent again from here
         * @param leftMillis of its time to live when it was sent
         */
        private Held(QueueEntry entry, @Nullable Message message, long leftMillis, ConsumerStake stake) {
            this.entry = entry;
            this.message = message;
            this.leftMillis = leftMillis;
            this.stake = stake;
        }

        QueueEntry entry() {
            return entry;
        }

        /** What is to be sent again: the same bytes; null when they are not here. */
        private Message.@Nullable Rewritten again() {
            if (message == null) {
                return null;
            }
            var added = entry.annotationsToSend();
            if (added != null) {
                return message.rewritten(entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis, added);
            }
            var head = message.head(entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis);
            return new Message.Rewritten(head, message.tail(head));
        }

        ConsumerStake stake() {
            return stake;
        }
    }

    /**
     * A message went out.
     *
     * @param leftMillis what its header said of its time to live: sent again it must be the same to the last byte, for the
     *     consumer may have kept a part of it (AMQP 1.0 §3.4.6)
     */
    void onSent(Binary tag, QueueEntry entry, @Nullable Message message, long leftMillis, ConsumerStake stake) {
        var kept = message != null && takeRoom(message.sizeBytes()) ? message : null;
        held.put(tag, new Held(entry, kept, leftMillis, stake));
        stake.onHeld();
    }

    private boolean takeRoom(int bytes) {
        if (messageBytes + bytes > MESSAGE_BYTES_MAX || !room.take(user, bytes)) {
            return false;
        }
        messageBytes += bytes;
        return true;
    }

    /** Null when the consumer does not have it, or no longer. */
    @Nullable
    Held held(Binary tag) {
        return held.get(tag);
    }

    /** The consumer gave it an outcome, or it goes back. */
    @Nullable
    Held letGo(Binary tag) {
        var gone = held.remove(tag);
        if (gone != null) {
            var message = gone.message;
            if (message != null) {
                messageBytes -= message.sizeBytes();
                room.giveBack(user, message.sizeBytes());
            }
            if (gone.takesRoom) {
                room.giveBack(user, HELD_BYTES);
            }
            gone.stake().onLetGo();
        }
        return gone;
    }

    /**
     * The queue took a message away from a consumer whose link is gone: it is not listed or sent again when that is resumed,
     * and the consumer leaves its queue when it has nothing more. Any loop may tell.
     */
    void onLost(Binary tag, QueueEntry entry) {
        var loop = owner();
        if (!loop.isCurrent()) {
            loop.execute(() -> onLost(tag, entry));
            return;
        }
        var waiting = held.get(tag);
        if (waiting != null && waiting.entry() == entry) {
            letGo(tag);
        }
    }

    /**
     * What the consumer holds is no longer counted by its connection, so it takes room here, the eldest first. What finds
     * none goes back to the queue, and is not listed when the link is resumed.
     */
    @Override
    void onSuspended() {
        for (var tag : List.copyOf(held.keySet())) {
            var waiting = held.get(tag);
            if (waiting != null && !waiting.takesRoom) {
                waiting.takesRoom = room.take(user, HELD_BYTES);
                if (!waiting.takesRoom) {
                    giveBack(tag);
                }
            }
        }
    }

    /**
     * Compares with what the resuming consumer considers unsettled, and carries out the outcomes that it has given.
     *
     * @param messageBytesMax the longest message that the link takes now
     * @param ready hears the map for our answer, null when the consumer resumes nothing, as soon as nothing that the answer
     *     says can be undone any more
     */
    void resume(
            @Nullable UnsettledMap theirs,
            long messageBytesMax,
            java.util.function.Consumer<@Nullable UnsettledMap> ready) {
        var outcomes = new Outcomes(theirs, ready);
        for (var tag : List.copyOf(held.keySet())) {
            if (theirs == null) {
                giveBack(tag);
            } else if (theirs.states().get(tag) instanceof Outcome outcome) {
                outcomes.apply(tag, outcome);
            } else if (theirs.states().containsKey(tag) || theirs.incomplete()) {
                keepOrGiveBack(tag, messageBytesMax);
            } else {
                giveBack(tag);
            }
        }
        outcomes.onOneDone();
    }

    /** What is longer than the link takes now is not promised, either: it goes back, and to others. */
    private void keepOrGiveBack(Binary tag, long messageBytesMax) {
        var waiting = held.get(tag);
        var again = waiting == null ? null : waiting.again();
        if (again == null || again.head().remaining() + again.tail().remaining() > messageBytesMax) {
            giveBack(tag);
        }
    }

    private void giveBack(Binary tag) {
        var waiting = held.get(tag);
        if (waiting != null) {
            waiting.stake().giveBack(waiting.entry());
            letGo(tag);
        }
    }

    /** The outcomes that came with the peer's map: our answer waits for all of them. */
    private final class Outcomes {
        private final @Nullable UnsettledMap theirs;
        private final java.util.function.Consumer<@Nullable UnsettledMap> ready;
        private int waiting = 1;

        Outcomes(@Nullable UnsettledMap theirs, java.util.function.Consumer<@Nullable UnsettledMap> ready) {
            this.theirs = theirs;
            this.ready = ready;
        }

        void apply(Binary tag, Outcome outcome) {
            var settled = held.get(tag);
            if (settled != null) {
                waiting++;
                settled.stake().settle(settled.entry(), outcome, owner(), wasLost -> onOneDone());
                letGo(tag);
            }
        }

        void onOneDone() {
            waiting--;
            if (waiting == 0) {
                ready.accept(theirs == null ? null : listed());
            }
        }
    }

    private UnsettledMap listed() {
        Map<Binary, @Nullable DeliveryState> states = new LinkedHashMap<>();
        held.keySet().forEach(tag -> states.put(tag, null));
        return new UnsettledMap(states, false);
    }

    /** Sends what is held once more, as far as the consumer knows of it. */
    void sendAgain(SendingLink link, UnsettledMap theirs) {
        for (var tag : List.copyOf(held.keySet())) {
            var waiting = held.get(tag);
            var again = waiting == null ? null : waiting.again();
            if (waiting != null && again != null && theirs.states().containsKey(tag)) {
                link.resume(tag, again.head(), again.tail(), waiting);
            }
        }
    }

    @Override
    void discard() {
        List.copyOf(held.keySet()).forEach(this::giveBack);
    }
}
