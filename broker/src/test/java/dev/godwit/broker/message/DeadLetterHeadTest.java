package dev.godwit.broker.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DeadLetterHeadTest {
    private static final int AROUND = 24;

    private final MessageReader reader = new MessageReader();

    @Test
    void canBeReadAgainOutOfTheFirstPartHoweverLongItIs() throws MalformedMessageException {
        var encoded = AmqpMessage.builder(new MessageBody.Value("body".repeat(100)))
                .applicationProperty("key", "value")
                .build()
                .encode();
        var message = Objects.requireNonNull(reader.readHead(encoded, 0));
        var added =
                Objects.requireNonNull(AddedAnnotations.merge(null, Map.of(Symbol.of("x-opt-long"), "x".repeat(500))));
        var sections = new MessageSections();
        sections.scanHead(
                message.headAsDeadLetter(added, Integer.MAX_VALUE, reader).encoded());
        int headBytes = sections.applicationPropertiesOffset();

        for (int partBytes = headBytes - AROUND; partBytes < headBytes + AROUND; partBytes++) {
            var letter = message.headAsDeadLetter(added, partBytes, reader).encoded();
            var part = letter.slice(letter.position(), Math.min(partBytes, letter.remaining()));
            assertThat(reader.readHeadAgain(part, 0))
                    .as("a part of %d bytes", partBytes)
                    .isNotNull();
        }
        assertThat(message.headAsDeadLetter(added, headBytes + AROUND, reader).annotation("x-opt-long"))
                .isNotNull();
    }
}
