package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import java.util.List;

/**
 * The outcomes that hold on one link (AMQP 1.0 §3.5.3). Immutable.
 *
 * @param byDefault what becomes of a delivery that is settled without an outcome
 * @param allowed what the receiver may choose from
 */
record LinkOutcomes(Outcome byDefault, List<Symbol> allowed) {
    private static final List<Symbol> ALL = List.of(
            Outcome.Accepted.DESCRIPTOR,
            Outcome.Rejected.DESCRIPTOR,
            Outcome.Released.DESCRIPTOR,
            Outcome.Modified.DESCRIPTOR);

    /** Those that the receiver named, as far as we know them; all when it named none that we know. */
    static LinkOutcomes wished(Source source) {
        var byDefault = source.defaultOutcome() == null ? Outcome.Released.INSTANCE : source.defaultOutcome();
        var known = ALL.stream().filter(source.outcomes()::contains).toList();
        return new LinkOutcomes(byDefault, known.isEmpty() ? ALL : known);
    }

    boolean allows(Outcome outcome) {
        return allowed.size() == ALL.size() || allowed.contains(outcome.descriptor());
    }

    ErrorCondition notAgreed(Outcome outcome) {
        return AmqpError.NOT_ALLOWED.because("the outcome " + outcome.descriptor()
                + " was not agreed on when the link was attached: " + allowed + " were");
    }
}
