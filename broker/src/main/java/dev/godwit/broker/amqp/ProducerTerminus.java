package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
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

    ProducerTerminus(
            ResumableLinks registry, ResumableLinks.Key key, String address, TerminusExpiry expiry, EventLoop owner) {
        super(registry, key, address, expiry, owner);
    }

    /** A message came in. */
    void onArrived(Binary tag) {
        outcomes.remove(tag);
        outcomes.put(tag, null);
        awaitAnswer();
        if (outcomes.size() > OUTCOMES_MAX) {
            var eldest = outcomes.entrySet().iterator();
            if (eldest.next().getValue() != null) {
                eldest.remove();
            }
        }
    }

    /** What became of it. */
    void onOutcome(Binary tag, Outcome outcome) {
        outcomes.replace(tag, outcome);
        onAnswer();
    }

    /** Nobody knows what became of it. */
    void onInDoubt(Binary tag) {
        outcomes.remove(tag);
        onAnswer();
    }

    /** The producer has settled it. */
    void forget(Binary tag) {
        outcomes.remove(tag);
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
            outcomes.clear();
            return null;
        }
        if (!theirs.incomplete()) {
            outcomes.keySet().retainAll(theirs.states().keySet());
        }
        return new UnsettledMap(outcomes, false);
    }

    @Override
    void discard() {
        outcomes.clear();
    }
}
