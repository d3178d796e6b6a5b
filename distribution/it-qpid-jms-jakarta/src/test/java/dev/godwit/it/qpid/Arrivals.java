package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import java.util.ArrayList;
import java.util.List;

/** What comes to a consumer. */
final class Arrivals {
    /** More than any answer of a broker takes. */
    private static final long SOON_MILLIS = 20_000;

    private Arrivals() {}

    /** The next message, which is awaited; fails when none comes. */
    static Message next(MessageConsumer consumer) throws JMSException {
        var message = consumer.receive(SOON_MILLIS);
        assertThat(message).as("a message").isNotNull();
        return message;
    }

    /** The text of the next message. */
    static String text(MessageConsumer consumer) throws JMSException {
        return next(consumer).getBody(String.class);
    }

    /** The next message; fails when it has another text. */
    static Message next(MessageConsumer consumer, String text) throws JMSException {
        var message = next(consumer);
        assertThat(message.getBody(String.class)).isEqualTo(text);
        return message;
    }

    /** The texts of the next messages. */
    static List<String> texts(MessageConsumer consumer, int count) throws JMSException {
        var texts = new ArrayList<String>();
        while (texts.size() < count) {
            texts.add(text(consumer));
        }
        return texts;
    }
}
