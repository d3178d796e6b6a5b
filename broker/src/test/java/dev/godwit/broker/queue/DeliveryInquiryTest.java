package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.MessageReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a queue tells of its messages to whoever asks, and how much it reads for that. */
class DeliveryInquiryTest extends ExplainedQueue {
    @Test
    void tellsTheNextOnesInOrderFromMemoryAndDisk() {
        bench = new QueueBench(0, NONE);
        bench.send(4, 4, 9, 4, 0);
        var taker = taker(2);
        bench.loop.run(() -> taker.door.giveBack(taker.entries.remove(1), false, false));
        bench.settle();
        var explanation = ask(DeliveryQuestion.ofNext(3));
        assertThat(ids(explanation)).containsExactly("message 0", "message 1", "message 3");
        assertThat(explanation.messages())
                .extracting(each -> each.why().reason())
                .containsOnly(WaitingReason.NO_CREDIT);
        assertThat(ids(ask(DeliveryQuestion.ofNext(100)))).hasSize(4).endsWith("message 4");
        // Asking changes nothing.
        assertThat(taker.take(10)).containsExactly(0, 1, 3, 4);
    }

    @Test
    void findsOneByItsNumberAndNothingThatIsNotThere() {
        bench = new QueueBench(0, NONE);
        bench.sendMany(500, 4);
        int readBefore = bench.log.messagesRead;
        var found = ask(DeliveryQuestion.ofNumber(321));
        assertThat(ids(found)).containsExactly("message 320");
        assertThat(bench.log.messagesRead - readBefore).isEqualTo(1);
        assertThat(ask(DeliveryQuestion.ofNumber(1_000)).messages()).isEmpty();
        assertThat(ask(DeliveryQuestion.ofMessage("another")).messages()).isEmpty();
        assertThat(ask(DeliveryQuestion.ofMessage("message 499")).complete()).isTrue();
    }

    @Test
    void saysWhenItHasNotLookedAtAll() {
        bench.sendMany(DeliveryInquiry.LOOKS_MAX + 10, 4);
        var last = bench.nextNumber() - 1;
        var notFound = ask(DeliveryQuestion.ofMessage("message " + last));
        assertThat(notFound.messages()).isEmpty();
        assertThat(notFound.complete()).isFalse();
        assertThat(ids(ask(DeliveryQuestion.ofNumber(last + 1)))).containsExactly("message " + last);
    }

    @Test
    void saysOfADamagedMessageThatItCannotBeReadBeforeAnybodyHasTried() {
        bench = new QueueBench(0, NONE);
        bench.send(4, 4);
        bench.log.damaged.add(1L);
        taker(0);
        var next = ask(DeliveryQuestion.ofNext(10)).messages();
        assertThat(next)
                .extracting(each -> each.why().reason())
                .containsExactly(WaitingReason.DAMAGED, WaitingReason.NO_CREDIT);
        assertThat(ask(DeliveryQuestion.ofNumber(1)).messages().get(0).why().reason())
                .isEqualTo(WaitingReason.DAMAGED);
        // It may be the one that is looked for.
        var byId = ask(DeliveryQuestion.ofMessage("message 0"));
        assertThat(byId.messages()).isEmpty();
        assertThat(byId.complete()).isFalse();
        assertThat(ids(ask(DeliveryQuestion.ofMessage("message 1")))).containsExactly("message 1");
    }

    @Test
    void twoWithoutANumberAreNotTakenForOneAnother() {
        sendScheduled(0, false, 5_000);
        sendScheduled(1, false, 5_000);
        for (int number = 0; number < 2; number++) {
            var found = ask(DeliveryQuestion.ofMessage("message " + number)).messages();
            assertThat(found.get(0).messageId()).isEqualTo("message " + number);
            assertThat(found.get(0).number()).isEqualTo(DeliveryExplanation.Message.UNNUMBERED);
        }
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        var inLine = ask(DeliveryQuestion.ofNext(1)).messages().get(0);
        assertThat(inLine.number()).isNegative();
        assertThat(ids(ask(DeliveryQuestion.ofNumber(inLine.number())))).containsExactly("message 0");
    }

    @Test
    void findsOneThatIsGivenOutBeforeItsPlaceIsReached() {
        bench = new QueueBench(0, NONE);
        bench.sendMany(200, 4);
        var taker = taker("n = 199", 0);
        var told = new ArrayList<DeliveryExplanation>();
        bench.loop.run(() -> bench.queue.explain(DeliveryQuestion.ofMessage("message 199"), told::add));
        assertThat(bench.log.readsWaiting()).isEqualTo(1);
        bench.loop.run(() -> taker.door.setLimit(1));
        while (taker.entries.isEmpty()) {
            // All but the first read, which is the inquiry's.
            bench.loop.run(() -> bench.log.answerRead(1));
        }
        bench.settle();
        assertThat(told).hasSize(1);
        assertThat(ids(told.get(0))).containsExactly("message 199");
        assertThat(told.get(0).messages().get(0).why().reason()).isEqualTo(WaitingReason.ACQUIRED);
    }

    @Test
    void findsOneByNumberAmongMoreThanAreLookedAt() {
        bench.sendMany(DeliveryInquiry.LOOKS_MAX + 10, 4);
        taker(DeliveryInquiry.LOOKS_MAX + 10);
        var last = bench.nextNumber() - 1;
        assertThat(ask(DeliveryQuestion.ofNumber(last + 1))
                        .messages()
                        .get(0)
                        .why()
                        .reason())
                .isEqualTo(WaitingReason.ACQUIRED);
        assertThat(ask(DeliveryQuestion.ofMessage("another")).complete()).isFalse();
    }

    @Test
    void readsNoMoreThanAFewLargeOnesAtATime() {
        bench = new QueueBench(0, NONE);
        var body = new byte[300_000];
        for (int number = 0; number < 12; number++) {
            var encoded = AmqpMessage.builder(new MessageBody.Data(List.of(Binary.copyOf(body))))
                    .header(new Header(true, 4, QueueBench.NO_TTL, false, 0))
                    .messageAnnotation(Symbol.of("x-opt-delivery-delay"), 5_000L)
                    .build()
                    .encode();
            bench.send(new MessageReader().read(encoded, bench.loop.nowMillis()), EnqueueReply.NOBODY);
        }
        bench.loop.run(bench.log::commitAll);
        var told = new ArrayList<DeliveryExplanation>();
        bench.loop.run(() -> bench.queue.explain(DeliveryQuestion.ofMessage("another"), told::add));
        while (told.isEmpty()) {
            assertThat(bench.log.nextRead()).hasSizeLessThan(5);
            bench.loop.run(() -> bench.log.answerRead(0));
        }
        assertThat(told.get(0).complete()).isTrue();
    }

    @Test
    void asksAFilterOnceHoweverManyConsumersHaveIt() {
        bench.send(4);
        var asked = new int[1];
        MessageFilter filter = message -> {
            asked[0]++;
            return false;
        };
        for (int i = 0; i < 50; i++) {
            new Named(new Interest(filter, false), 10);
        }
        int before = asked[0];
        assertThat(why(0).reason()).isEqualTo(WaitingReason.NO_CONSUMER_MATCHES);
        assertThat(asked[0] - before).isEqualTo(1);
    }

    @Test
    void anEmptyQueueHasNothingToTell() {
        var explanation = ask(DeliveryQuestion.ofNext(10));
        assertThat(explanation.messages()).isEmpty();
        assertThat(explanation.elsewhere()).isEmpty();
        assertThat(explanation.complete()).isTrue();
    }
}
