package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.types.Symbol;
import org.apache.qpid.protonj2.types.UnsignedInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a message by the outcome that its receiver gives it (AMQP 1.0 §3.4), also after a restart. */
@Timeout(60)
final class OutcomesTest {
    private static final long NEVER_MILLIS = 300;
    private static final int LARGE_BYTES = 1_500_000;
    private static final String QUEUE = "outcomes";

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    @Spec({"3.4.5/annotations", "3.4.5/delivery-failed", "3.2/bare"})
    @Test
    void mergesTheAnnotationsOfModifiedIntoTheMessage() throws Exception {
        send(message("body").annotation("x-opt-mine", "sender's").annotation("x-opt-stays", 7));
        modify(Map.of("x-opt-mine", "consumer's", "x-opt-new", "first"));
        modify(Map.of("x-opt-new", "second"));

        var again = next(receiver(1)).message();
        assertThat(again.annotation("x-opt-mine")).isEqualTo("consumer's");
        assertThat(again.annotation("x-opt-stays")).isEqualTo(7);
        assertThat(again.annotation("x-opt-new")).isEqualTo("second");
        assertThat(again.deliveryCount()).isEqualTo(2);
        assertThat(again.body()).isEqualTo("body");
        assertThat(again.subject()).isEqualTo("subject");
        assertThat(again.property("application")).isEqualTo("property");
    }

    @Spec({"3.4.5/annotations", "3.2.1/durable"})
    @Test
    void keepsMergedAnnotationsOverARestart() throws Exception {
        send(message("body").annotation("x-opt-mine", "sender's"));
        modify(Map.of("x-opt-new", "first"));
        broker.restart();
        modify(Map.of("x-opt-newer", "second"));
        broker.restart();

        var again = next(receiver(1)).message();
        assertThat(again.annotation("x-opt-mine")).isEqualTo("sender's");
        assertThat(again.annotation("x-opt-new")).isEqualTo("first");
        assertThat(again.annotation("x-opt-newer")).isEqualTo("second");
        assertThat(again.deliveryCount()).isEqualTo(2);
    }

    @Spec("3.4.5/annotations")
    @Test
    void mergesAnnotationsIntoALargeMessage() throws Exception {
        var body = new byte[LARGE_BYTES];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i / 251);
        }
        send(Message.create(body).durable(true).annotation("x-opt-mine", "sender's"));
        modify(Map.of("x-opt-new", "first"));
        broker.restart();

        var again = next(receiver(1));
        assertThat(again.message().annotation("x-opt-mine")).isEqualTo("sender's");
        assertThat(again.message().annotation("x-opt-new")).isEqualTo("first");
        assertThat((byte[]) again.message().body()).isEqualTo(body);

        again.reject("test:too-large", "no room for it");
        var dead = next(broker.connection().openReceiver("DLQ")).message();
        assertThat(dead.annotation("x-opt-new")).isEqualTo("first");
        assertThat(dead.annotation("x-opt-dead-letter-address")).isEqualTo(QUEUE);
        assertThat((byte[]) dead.body()).isEqualTo(body);
    }

    @Spec("3.4.4/released")
    @Test
    void keepsTheOrderOfWhatComesBack() throws Exception {
        for (int number = 0; number < 4; number++) {
            send(message(number));
        }
        var receiver = receiver(4);
        var first = next(receiver);
        var second = next(receiver);
        var third = next(receiver);
        third.release();
        first.modified(true, false);
        second.disposition(DeliveryState.modified(false, false, Map.of("x-opt-new", "value")), true);
        receiver.close();

        var again = receiver(4);
        for (int number = 0; number < 4; number++) {
            assertThat(next(again).message().body()).isEqualTo(number);
        }
    }

    @Spec("3.4.3/rejected")
    @Test
    void writesOnADeadLetterWhyItIsOne() throws Exception {
        var before = Instant.now();
        send(message("body").annotation("x-opt-mine", "sender's").timeToLive(600_000));
        modify(Map.of("x-opt-new", "consumer's"));
        next(receiver(1)).reject("test:bad", "not what I wanted");

        var dead = next(broker.connection().openReceiver("DLQ")).message();
        assertThat(dead.annotation("x-opt-mine")).isEqualTo("sender's");
        assertThat(dead.annotation("x-opt-new")).isEqualTo("consumer's");
        assertThat(dead.annotation("x-opt-dead-letter-address")).isEqualTo(QUEUE);
        assertThat(dead.annotation("x-opt-dead-letter-reason")).isEqualTo(Symbol.valueOf("rejected"));
        assertThat(dead.annotation("x-opt-dead-letter-condition")).isEqualTo(Symbol.valueOf("test:bad"));
        assertThat(dead.annotation("x-opt-dead-letter-description")).isEqualTo("not what I wanted");
        assertThat(dead.annotation("x-opt-dead-letter-attempts")).isEqualTo(UnsignedInteger.valueOf(2));
        assertThat(Instant.ofEpochMilli((Long) dead.annotation("x-opt-dead-letter-time")))
                .isBetween(before.minusSeconds(1), Instant.now());
        assertThat(dead.deliveryCount()).isZero();
        assertThat(dead.durable()).isTrue();
        assertThat(dead.timeToLive()).as("none").isEqualTo(0xffff_ffffL);
        assertThat(dead.body()).isEqualTo("body");
        assertThat(receiver(1).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Spec("3.4.5/delivery-failed")
    @Test
    void writesOnADeadLetterThatItFailedTooOften(@TempDir Path data) throws Exception {
        send(message("body"));
        int attempts = BrokerConfiguration.defaults(data).queues().deadLetters().attemptsMax();
        var receiver = receiver(attempts);
        for (int attempt = 0; attempt < attempts; attempt++) {
            next(receiver).modified(true, false);
        }

        var dead = next(broker.connection().openReceiver("DLQ")).message();
        assertThat(dead.annotation("x-opt-dead-letter-reason")).isEqualTo(Symbol.valueOf("delivery-attempts"));
        assertThat(dead.annotation("x-opt-dead-letter-attempts")).isEqualTo(UnsignedInteger.valueOf(attempts));
    }

    @Spec("3.5.3/default-outcome")
    @Test
    void settlesWithTheDefaultOutcomeOfTheSource() throws Exception {
        send(message("body"));
        var options = options(1);
        options.sourceOptions().defaultOutcome(DeliveryState.modified(true, false));
        var receiver = broker.connection().openReceiver(QUEUE, options);
        next(receiver).settle();
        receiver.close();

        assertThat(next(receiver(1)).message().deliveryCount()).isEqualTo(1);
    }

    @Spec("3.5.3/outcomes")
    @Test
    void closesALinkForAnOutcomeThatItsReceiverDidNotName() throws Exception {
        send(message("body"));
        var options = options(1);
        options.sourceOptions().outcomes(DeliveryState.Type.ACCEPTED, DeliveryState.Type.RELEASED);
        var receiver = broker.connection().openReceiver(QUEUE, options);
        next(receiver).disposition(DeliveryState.rejected("test:bad", "not agreed"), true);

        await().until(() -> !Objects.equals(stateOf(receiver), "open"));
        assertThat(next(receiver(1)).message().body()).isEqualTo("body");
    }

    private static String stateOf(Receiver receiver) {
        try {
            receiver.addCredit(1);
            return "open";
        } catch (ClientException closed) {
            return String.valueOf(closed.getMessage());
        }
    }

    private static Message<Object> message(Object body) throws ClientException {
        return Message.create(body).durable(true).subject("subject").property("application", "property");
    }

    private void send(Message<?> message) throws ClientException {
        try (var sender = broker.connection().openSender(QUEUE)) {
            sender.send(message).awaitAccepted();
        }
    }

    /** Takes the message and gives it back with annotations, as failed. */
    private void modify(Map<String, Object> annotations) throws ClientException {
        var receiver = receiver(1);
        next(receiver).disposition(DeliveryState.modified(true, false, annotations), true);
        receiver.close();
    }

    private Receiver receiver(int credit) throws ClientException {
        return broker.connection().openReceiver(QUEUE, options(credit));
    }

    private static ReceiverOptions options(int credit) {
        return new ReceiverOptions().autoAccept(false).autoSettle(false).creditWindow(credit);
    }
}
