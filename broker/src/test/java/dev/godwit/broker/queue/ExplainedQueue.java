package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A queue that is asked why its messages wait. */
abstract class ExplainedQueue {
    static final long MEMORY_BYTES = 1 << 20;
    static final AddressSettings NONE = AddressSettings.NONE;

    QueueBench bench = new QueueBench(MEMORY_BYTES, NONE);

    /** A consumer with a name. */
    final class Named extends QueueBench.Taker {
        Named(Interest interest, int credit) {
            bench.super(interest, credit);
        }

        @Override
        public String name() {
            return "somebody";
        }
    }

    Named taker(int credit) {
        return new Named(Interest.ALL, credit);
    }

    Named taker(String selector, int credit) {
        return new Named(new Interest(QueueBench.selector(selector), false), credit);
    }

    DeliveryExplanation ask(DeliveryQuestion question) {
        var told = new ArrayList<DeliveryExplanation>();
        bench.loop.run(() -> bench.queue.explain(question, told::add));
        while (told.isEmpty()) {
            // Of what the disk owes only what was asked for this: nothing else is to change.
            bench.loop.run(() -> bench.log.answerRead(bench.log.readsWaiting() - 1));
        }
        return told.get(0);
    }

    Obstacle why(int number) {
        var messages = ask(DeliveryQuestion.ofMessage("message " + number)).messages();
        assertThat(messages).as("message %d", number).hasSize(1);
        assertThat(messages.get(0).messageId()).isEqualTo("message " + number);
        return messages.get(0).why();
    }

    void sendScheduled(int number, boolean durable, long delayMillis) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(number))
                .header(new Header(durable, 4, QueueBench.NO_TTL, false, 0))
                .messageAnnotation(Symbol.of("x-opt-delivery-delay"), delayMillis)
                .properties(MessageProperties.builder()
                        .messageId("message " + number)
                        .build())
                .build()
                .encode();
        bench.send(new MessageReader().read(encoded, bench.loop.nowMillis()), EnqueueReply.NOBODY);
        bench.loop.run(bench.log::commitAll);
    }

    static List<@Nullable String> ids(DeliveryExplanation explanation) {
        return explanation.messages().stream()
                .map(DeliveryExplanation.Message::messageId)
                .toList();
    }
}
