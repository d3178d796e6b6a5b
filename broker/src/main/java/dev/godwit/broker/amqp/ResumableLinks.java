package dev.godwit.broker.amqp;

import dev.godwit.broker.runtime.EventLoop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The termini that may be resumed, by the link that they belong to. Shared by all event loops; touched when such a link
 * comes or goes. Which loop owns a terminus only the terminus knows.
 */
public final class ResumableLinks {
    /** Beyond this many no further terminus outlives its link. */
    private static final int TERMINI_MAX = 10_000;

    private static final int USER_TERMINI_MAX = 1_000;

    /** Some hundred bytes each. */
    private static final int OUTCOMES_MAX = 500_000;

    private static final int USER_OUTCOMES_MAX = 100_000;

    /** The part of the heap that messages may take which suspended consumers hold, or which are kept to be sent once more. */
    private static final int MESSAGES_HEAP_PART = 16;

    /** The part of that which one user's may take. */
    private static final int USER_MESSAGES_PART = 2;

    private final ConcurrentMap<Key, ResumableTerminus> termini = new ConcurrentHashMap<>();
    private final KeptRoom outcomes;
    private final KeptRoom messageBytes;
    private final KeptRoom places;

    public ResumableLinks() {
        this(Runtime.getRuntime().maxMemory() / MESSAGES_HEAP_PART);
    }

    private ResumableLinks(long messageBytesMax) {
        this(
                new KeptRoom(OUTCOMES_MAX, USER_OUTCOMES_MAX),
                new KeptRoom(messageBytesMax, messageBytesMax / USER_MESSAGES_PART),
                new KeptRoom(TERMINI_MAX, USER_TERMINI_MAX));
    }

    /** @param places for termini */
    ResumableLinks(KeptRoom outcomes, KeptRoom messageBytes, KeptRoom places) {
        this.places = places;
        this.outcomes = outcomes;
        this.messageBytes = messageBytes;
    }

    /** The room that all producers share for the outcomes that are kept for them. */
    KeptRoom outcomes() {
        return outcomes;
    }

    /** The room that all consumers share for the messages that are kept for them, and held by suspended ones, in bytes. */
    KeptRoom messageBytes() {
        return messageBytes;
    }

    /**
     * A link between two containers (AMQP 1.0 §2.6.1). What one user's link left nobody else can take up.
     *
     * @param consumer messages go out on it
     */
    record Key(String user, String containerId, String linkName, boolean consumer) {}

    /**
     * Takes the terminus of a link away from whoever has it: from its first link, which is told that it was stolen, or
     * from where it waits.
     *
     * @param loop of the caller, who owns the terminus from the answer on
     * @param answer called once, on the caller's loop, perhaps at once; with null when there is none
     */
    void claim(Key key, EventLoop loop, Consumer<@Nullable ResumableTerminus> answer) {
        var terminus = termini.get(key);
        if (terminus == null) {
            answer.accept(null);
        } else {
            terminus.claim(loop, answer);
        }
    }

    /** False when there are too many, or too many of that user's. One that has the key already makes place. */
    boolean add(Key key, ResumableTerminus terminus) {
        if (termini.replace(key, terminus) != null) {
            return true;
        }
        if (!places.take(key.user(), 1)) {
            return false;
        }
        if (termini.put(key, terminus) != null) {
            // Somebody was faster, and has paid for the place.
            places.giveBack(key.user(), 1);
        }
        return true;
    }

    void remove(Key key, ResumableTerminus terminus) {
        if (termini.remove(key, terminus)) {
            places.giveBack(key.user(), 1);
        }
    }

    /** Termini that are attached or wait to be. */
    public int size() {
        return termini.size();
    }
}
