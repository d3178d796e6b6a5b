package dev.godwit.broker.filter;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Messages for filters to look at. */
final class SampleMessage {
    private final AmqpMessage.Builder builder = AmqpMessage.builder(new MessageBody.Value("body"));

    static SampleMessage with(String name, @Nullable Object value) {
        return new SampleMessage().and(name, value);
    }

    static SampleMessage with(UnaryOperator<MessageProperties.Builder> properties) {
        var sample = new SampleMessage();
        sample.builder.properties(properties.apply(MessageProperties.builder()).build());
        return sample;
    }

    static Message of(Map<String, ?> applicationProperties) {
        var sample = new SampleMessage();
        applicationProperties.forEach(sample::and);
        return sample.message();
    }

    SampleMessage and(String name, @Nullable Object value) {
        builder.applicationProperty(name, value);
        return this;
    }

    SampleMessage annotated(String name, Object value) {
        builder.messageAnnotation(Symbol.of(name), value);
        return this;
    }

    SampleMessage headed(Header header) {
        builder.header(header);
        return this;
    }

    Message message() {
        return new MessageReader().read(builder.build().encode(), 1_000);
    }
}
