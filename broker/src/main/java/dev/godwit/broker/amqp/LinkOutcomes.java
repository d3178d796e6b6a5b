package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes that hold on one link (AMQP 1.0 §3.5.3). Immutable.
 *
 * @param chosenDefault the receiver's default-outcome; null when it has named none
 * @param allowed what the receiver may choose from
 */
record LinkOutcomes(@Nullable Outcome chosenDefault, List<Symbol> allowed) {
    private static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());

    private static final List<Symbol> ALL = List.of(
            Outcome.Accepted.DESCRIPTOR,
            Outcome.Rejected.DESCRIPTOR,
            Outcome.Released.DESCRIPTOR,
            Outcome.Modified.DESCRIPTOR);

    /** Those that the receiver named, as far as we know them; all when it named none that we know. */
    static LinkOutcomes wished(Source source) {
        var known = ALL.stream().filter(source.outcomes()::contains).toList();
        return new LinkOutcomes(source.defaultOutcome(), known.isEmpty() ? ALL : known);
    }

    /** Whether a peer with that source, which sends, understands when it is told that a message is rejected. */
    static boolean knowsRejected(@Nullable Source source) {
        return source == null
                || source.outcomes().isEmpty()
                || source.outcomes().contains(Outcome.Rejected.DESCRIPTOR);
    }

    /** What becomes of a delivery that is settled without an outcome. */
    Outcome byDefault() {
        return chosenDefault == null ? Outcome.Released.INSTANCE : chosenDefault;
    }

    /**
     * What becomes of a delivery that was settled within a transaction that is rolled back: the default outcome (§4.4.4.2).
     * Where the receiver named none, it counts as an attempt, lest a message that always ends so is tried for ever.
     */
    Outcome afterRollback() {
        return chosenDefault == null ? FAILED : chosenDefault;
    }

    boolean allows(Outcome outcome) {
        return allowed.size() == ALL.size() || allowed.contains(outcome.descriptor());
    }

    ErrorCondition notAgreed(Outcome outcome) {
        return AmqpError.NOT_ALLOWED.because("the outcome " + outcome.descriptor()
                + " was not agreed on when the link was attached: " + allowed + " were");
    }
}
