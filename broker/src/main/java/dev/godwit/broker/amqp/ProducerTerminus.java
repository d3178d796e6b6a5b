package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of deliveries of which the producer has perhaps not heard: when it resumes its link, they keep it from
 * sending a message again that is safe already. Of a link with receiver settle mode first we never learn what the
 * producer has heard, so the latest are kept.
 */
final class ProducerTerminus extends ResumableTerminus {
    private static final int OUTCOMES_MAX = 4_096;

    /** Null while the message is on its way to the journal. */
    private final Map<Binary, @Nullable DeliveryState> outcomes = new LinkedHashMap<>();

    /** As the producer last wished it. */
    private @Nullable Target target;

    private final KeptRoom room;
    private final String user;

    ProducerTerminus(
            ResumableLinks registry, ResumableLinks.Key key, String address, TerminusExpiry expiry, EventLoop owner) {
        super(registry, key, address, expiry, owner);
        room = registry.outcomes();
        user = key.user();
    }

    void remember(Target wished) {
        target = wished;
    }

    /** Where the link sent to; null before its first attach was answered. */
    @Nullable
    Target target() {
        return target;
    }

    /** A message came in. When there is no room its outcome takes that of the eldest, or else is not kept. */
    void onArrived(Binary tag) {
        forget(tag);
        awaitAnswer();
        if (!isOver() && (takeRoom() || (forgetEldest() && takeRoom()))) {
            outcomes.put(tag, null);
        }
    }

    private boolean takeRoom() {
        return outcomes.size() < OUTCOMES_MAX && room.take(user, 1);
    }

    private boolean forgetEldest() {
        var eldest = outcomes.entrySet().iterator();
        if (!eldest.hasNext() || eldest.next().getValue() == null) {
            return false;
        }
        eldest.remove();
        room.giveBack(user, 1);
        return true;
    }

    /** What became of it. */
    void onOutcome(Binary tag, Outcome outcome) {
        outcomes.replace(tag, brief(outcome));
        onAnswer();
    }

    /** Kept without what it says to a human, which may be long. */
    private static Outcome brief(Outcome outcome) {
        return outcome instanceof Outcome.Rejected rejected && rejected.error() != null
                ? new Outcome.Rejected(new ErrorCondition(rejected.error().condition(), null))
                : outcome;
    }

    /** Nobody knows what became of it. */
    void onInDoubt(Binary tag) {
        forget(tag);
        onAnswer();
    }

    /** The producer has settled it. */
    void forget(Binary tag) {
        if (outcomes.containsKey(tag)) {
            outcomes.remove(tag);
            room.giveBack(user, 1);
        }
    }

    @Nullable
    Outcome outcomeOf(Binary tag) {
        return outcomes.get(tag) instanceof Outcome outcome ? outcome : null;
    }

    /**
     * Compares with what the resuming producer considers unsettled; what it does not list it has settled.
     *
     * @return the map for our answer; null when the producer resumes nothing
     */
    @Nullable
    UnsettledMap resume(@Nullable UnsettledMap theirs) {
        if (theirs == null) {
            discard();
            return null;
        }
        if (!theirs.incomplete()) {
            int before = outcomes.size();
            outcomes.keySet().retainAll(theirs.states().keySet());
            room.giveBack(user, before - outcomes.size());
        }
        return new UnsettledMap(outcomes, false);
    }

    @Override
    void onSuspended() {
        // Each outcome took its room when it came.
    }

    @Override
    void discard() {
        room.giveBack(user, outcomes.size());
        outcomes.clear();
    }
}
