package dev.godwit.broker.message;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import org.jspecify.annotations.Nullable;

/**
 * Which annotations are taken though their meaning is not known here (AMQP 1.0 §3.2.10). Those whose keys begin with
 * {@code x-opt} always are.
 */
public enum UnknownAnnotations {
    /** No others: to the letter. */
    OPTIONAL,
    /**
     * In message annotations and footer also those whose keys begin with {@code x-}: what they mean is between the peers,
     * and all that is asked of an intermediary is to carry them and to select by them (§3.2.3).
     */
    UNRESERVED,
    /** All. */
    ANY;

    /** What is wrong with the message that was read last; null when it may pass. */
    public @Nullable ErrorCondition objectionTo(MessageReader read) {
        var key = this == ANY ? null : read.annotationToUnderstand(this == OPTIONAL);
        if (key == null) {
            return null;
        }
        var name = key instanceof Symbol ? "'" + key + "'" : "of the number " + key;
        return AmqpError.NOT_IMPLEMENTED.because(
                "the annotation " + name
                        + " is not known here, and must not be passed over: begin the keys of your own annotations with x-opt-");
    }
}
