package dev.godwit.broker.admin;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a request is answered with, in the form in which it was asked. Immutable. */
sealed interface Answer {
    int OK = 200;
    int CREATED = 201;
    int ACCEPTED = 202;
    int NO_CONTENT = 204;
    int BAD_REQUEST = 400;
    int FORBIDDEN = 403;
    int NOT_FOUND = 404;
    int CONFLICT = 409;
    int GONE = 410;
    int NOT_IMPLEMENTED = 501;
    int UNAVAILABLE = 503;

    /** The encoded answer to a request. */
    ByteBuffer to(AmqpMessage request);

    /** The properties that make a message the answer to another (AMQP management draft, §3.1). */
    private static MessageProperties.Builder propertiesFor(AmqpMessage request) {
        var asked = request.properties();
        return MessageProperties.builder()
                .to(asked.replyTo())
                .correlationId(asked.correlationId() == null ? asked.messageId() : asked.correlationId());
    }

    /**
     * As the AMQP management draft has it.
     *
     * @param count of a query: how many entities are in the body; null for the other operations
     */
    record Draft(
            int status,
            String description,
            Map<?, ?> body,
            @Nullable Integer count) implements Answer {
        Draft(int status, String description) {
            this(status, description, Map.of(), null);
        }

        @Override
        public ByteBuffer to(AmqpMessage request) {
            var answer = AmqpMessage.builder(new MessageBody.Value(body))
                    .properties(propertiesFor(request).build())
                    .applicationProperty("statusCode", status)
                    .applicationProperty("statusDescription", description);
            if (count != null) {
                answer.applicationProperty("count", count);
            }
            return answer.build().encode();
        }
    }

    /** The same, with the condition of an error as clients of Azure Service Bus look for it. */
    record Failed(int status, String condition, String description) implements Answer {
        @Override
        public ByteBuffer to(AmqpMessage request) {
            return AmqpMessage.builder(new MessageBody.Value(Map.of()))
                    .properties(propertiesFor(request).build())
                    .applicationProperty("statusCode", status)
                    .applicationProperty("statusDescription", description)
                    .applicationProperty("errorCondition", Symbol.of(condition))
                    .build()
                    .encode();
        }
    }

    /** As HTTP over AMQP has it: the status is the subject. */
    record Http(int status, @Nullable Object body) implements Answer {
        @Override
        public ByteBuffer to(AmqpMessage request) {
            return AmqpMessage.builder(new MessageBody.Value(body))
                    .properties(propertiesFor(request)
                            .correlationId(request.properties().messageId())
                            .subject(String.valueOf(status))
                            .build())
                    .applicationProperty("http:response", "1.1")
                    .build()
                    .encode();
        }
    }
}
