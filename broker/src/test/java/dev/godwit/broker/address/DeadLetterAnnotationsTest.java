package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.queue.DeadLetter;
import org.junit.jupiter.api.Test;

class DeadLetterAnnotationsTest {
    @Test
    void writesAConditionThatIsNoSymbol() throws MalformedMessageException {
        var error = new ErrorCondition(Symbol.of("acme:\u00fcberlang"), "za\u017c\u00f3\u0142\u0107");
        var why = new DeadLetter("orders", null, DeadLetter.Reason.REJECTED, error, 1, null);
        var written = AddedAnnotations.decode(
                        DeadLetterAnnotations.of(why, 1_000).encoded())
                .annotations();
        assertThat(written)
                .containsEntry(DeadLetterAnnotations.CONDITION, Symbol.of("acme:?berlang"))
                .containsEntry(DeadLetterAnnotations.DESCRIPTION, "za\u017c\u00f3\u0142\u0107");
    }
}
