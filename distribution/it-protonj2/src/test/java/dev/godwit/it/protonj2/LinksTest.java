package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.address.AutoCreation;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryMode;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Links, credit, settlement and outcomes of AMQP 1.0, without JMS above. */
@Timeout(60)
final class LinksTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;
    private static final String FORBIDDEN = "forbidden";

    @RegisterExtension
    static final ConnectedBroker BROKER = new ConnectedBroker(defaults ->
            defaults.withQueues(defaults.queues().withAutoCreation(new AutoCreation(true, List.of(FORBIDDEN)))));

    @Test
    void saysWhatItIsAndCan() throws ClientException {
        assertThat(BROKER.connection().properties())
                .containsEntry("product", "Godwit")
                .containsKey("version");
        assertThat(BROKER.connection().offeredCapabilities())
                .contains("ANONYMOUS-RELAY", "sole-connection-for-container");
    }

    @Test
    void acceptsDurableMessagesAndKeepsThemInOrder() throws ClientException {
        send(200);

        assertThat(bodies(take(BROKER.connection().openReceiver(BROKER.name()), 200)))
                .isEqualTo(numbers(0, 200));
    }

    @Test
    void keepsTheSectionsOfAMessageAsTheyCame() throws ClientException {
        var message = Message.create("body").durable(true).priority((byte) 9).timeToLive(600_000);
        message.messageId("id")
                .correlationId("correlation")
                .contentType("text/plain")
                .subject("subject")
                .to(BROKER.name());
        message.property("number", 5).annotation("x-opt-mine", "annotation").footer("x-opt-foot", "footer");
        BROKER.connection().openSender(BROKER.name()).send(message).awaitAccepted();

        var received = next(BROKER.connection().openReceiver(BROKER.name())).message();
        assertThat(received.durable()).isTrue();
        assertThat(received.priority()).isEqualTo((byte) 9);
        assertThat(received.messageId()).isEqualTo("id");
        assertThat(received.correlationId()).isEqualTo("correlation");
        assertThat(received.contentType()).isEqualTo("text/plain");
        assertThat(received.subject()).isEqualTo("subject");
        assertThat(received.property("number")).isEqualTo(5);
        assertThat(received.annotation("x-opt-mine")).isEqualTo("annotation");
        assertThat(received.footer("x-opt-foot")).isEqualTo("footer");
        assertThat(received.body()).isEqualTo("body");
    }

    @Test
    @Spec("2.7.5/snd-settled")
    void takesAndGivesPresettled() throws ClientException {
        var sender = BROKER.connection()
                .openSender(BROKER.name(), new SenderOptions().deliveryMode(DeliveryMode.AT_MOST_ONCE));
        assertThat(sender.send(Message.create(1)).settled()).isTrue();

        var receiver =
                BROKER.connection().openReceiver(BROKER.name(), manual(10).deliveryMode(DeliveryMode.AT_MOST_ONCE));
        var delivery = next(receiver);
        assertThat(delivery.remoteSettled()).isTrue();
        receiver.close();
        assertThat(BROKER.connection().openReceiver(BROKER.name()).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "AT_MOST_ONCE, AT_MOST_ONCE",
        "AT_MOST_ONCE, AT_LEAST_ONCE",
        "AT_LEAST_ONCE, AT_MOST_ONCE",
        "AT_LEAST_ONCE, AT_LEAST_ONCE"
    })
    void keepsToBothSidesWaysToSettle(DeliveryMode sending, DeliveryMode receiving) throws ClientException {
        var sender = BROKER.connection().openSender(BROKER.name(), new SenderOptions().deliveryMode(sending));
        var tracker = sender.send(Message.create(1).durable(true)).awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(tracker.remoteSettled()).isEqualTo(sending == DeliveryMode.AT_LEAST_ONCE);
        var receiver =
                BROKER.connection().openReceiver(BROKER.name(), manual(10).deliveryMode(receiving));

        var delivery = next(receiver);
        assertThat(delivery.remoteSettled()).isEqualTo(receiving == DeliveryMode.AT_MOST_ONCE);
        receiver.close();

        var left = BROKER.connection().openReceiver(BROKER.name()).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS);
        assertThat(left == null).as("gone").isEqualTo(receiving == DeliveryMode.AT_MOST_ONCE);
    }

    @Test
    void confirmsASettlementThatTheReceiverWaitsFor() throws ClientException {
        send(1);
        var delivery = next(BROKER.connection().openReceiver(BROKER.name(), manual(10)));

        delivery.disposition(DeliveryState.accepted(), false);

        await().until(delivery::remoteSettled);
    }

    @Test
    void givesBackReleasedMessagesUncounted() throws ClientException {
        send(2);
        next(BROKER.connection().openReceiver(BROKER.name(), manual(0)).addCredit(1))
                .release();

        var again = next(BROKER.connection().openReceiver(BROKER.name()));
        assertThat(again.message().body()).isEqualTo(0);
        assertThat(again.message().deliveryCount()).isZero();
    }

    @Test
    @Spec("3.2.1/delivery-count")
    void countsAFailedDelivery() throws ClientException {
        send(1);
        next(BROKER.connection().openReceiver(BROKER.name(), manual(0)).addCredit(1))
                .modified(true, false);

        var again = next(BROKER.connection().openReceiver(BROKER.name()));
        assertThat(again.message().deliveryCount()).isEqualTo(1);
        assertThat(again.message().firstAcquirer()).isFalse();
    }

    @Test
    @Spec("3.4.5/undeliverable-here")
    void keepsAMessageFromALinkThatCannotTakeIt() throws ClientException {
        send(1);
        var receiver = BROKER.connection().openReceiver(BROKER.name(), manual(10));
        next(receiver).modified(false, true);

        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        assertThat(next(BROKER.connection().openReceiver(BROKER.name()))
                        .message()
                        .body())
                .isEqualTo(0);
    }

    @Test
    void movesRejectedMessagesToTheDeadLetters() throws ClientException {
        send(1);
        var receiver = BROKER.connection().openReceiver(BROKER.name(), manual(10));
        next(receiver).reject("test:bad", "not what I wanted");

        assertThat(next(BROKER.connection().openReceiver("DLQ")).message().body())
                .isEqualTo(0);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void sendsNoMoreThanTheCredit() throws ClientException {
        send(10);
        var receiver = BROKER.connection().openReceiver(BROKER.name(), manual(0));
        receiver.addCredit(3);

        assertThat(bodies(take(receiver, 3))).isEqualTo(numbers(0, 3));
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        receiver.addCredit(2);
        assertThat(bodies(take(receiver, 2))).isEqualTo(numbers(3, 5));
    }

    @Test
    void drainsCreditThatNothingIsThereFor() throws Exception {
        send(2);
        var receiver = BROKER.connection().openReceiver(BROKER.name(), manual(0));
        receiver.addCredit(10);

        receiver.drain().get(SOON_SECONDS, TimeUnit.SECONDS);

        assertThat(receiver.queuedDeliveries()).isEqualTo(2);
        send(1);
        assertThat(bodies(take(receiver, 2))).isEqualTo(numbers(0, 2));
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    @Spec("3.5.3/dynamic")
    void makesANodeForOneConnection() throws Exception {
        var dynamic = BROKER.connection().openDynamicReceiver();
        var address = dynamic.address();
        try (var other = BROKER.connect(new ConnectionOptions())) {
            other.openSender(address).send(Message.create("hello")).awaitAccepted();
            assertThat(next(dynamic).message().body()).isEqualTo("hello");
            assertThat(refusal(other.openReceiver(address).openFuture())).isEqualTo("amqp:resource-locked");
        }

        dynamic.close();

        assertThat(refusal(BROKER.connection().openSender(address).openFuture()))
                .isEqualTo("amqp:not-found");
    }

    @Test
    void relaysWhatAnAnonymousSenderSends() throws ClientException {
        var sender = BROKER.connection().openAnonymousSender();
        sender.send(Message.create("relayed").to(BROKER.name())).awaitAccepted();

        assertThat(next(BROKER.connection().openReceiver(BROKER.name()))
                        .message()
                        .body())
                .isEqualTo("relayed");
    }

    @Test
    void rejectsWhatAnAnonymousSenderSendsNowhere() throws ClientException {
        var tracker = BROKER.connection()
                .openAnonymousSender()
                .send(Message.create("lost").to(FORBIDDEN));

        assertThat(tracker.awaitSettlement().remoteState().getType()).isEqualTo(DeliveryState.Type.REJECTED);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 1_000, 65_536})
    void keepsToThePeersFrameSize(int frameBytes) throws ClientException {
        var body = new byte[200_000];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i / 251);
        }
        try (var narrow = BROKER.connect(new ConnectionOptions().maxFrameSize(frameBytes))) {
            narrow.openSender(BROKER.name())
                    .send(Message.create(body).durable(true))
                    .awaitAccepted();

            assertThat((byte[])
                            next(narrow.openReceiver(BROKER.name())).message().body())
                    .isEqualTo(body);
        }
    }

    @Test
    void refusesAnAddressThatIsNotThere() throws ClientException {
        assertThat(refusal(BROKER.connection().openSender(FORBIDDEN).openFuture()))
                .isEqualTo("amqp:not-found");
        assertThat(refusal(BROKER.connection().openReceiver(FORBIDDEN).openFuture()))
                .isEqualTo("amqp:not-found");
    }

    @Test
    void showsWhatATransactionSentWhenItIsCommitted() throws ClientException {
        var session = BROKER.connection().openSession();
        var sender = session.openSender(BROKER.name());
        session.beginTransaction();
        sender.send(Message.create((Object) "rolled back").durable(true));
        session.rollbackTransaction();
        session.beginTransaction();
        sender.send(Message.create((Object) "committed").durable(true));
        var receiver = BROKER.connection().openReceiver(BROKER.name());
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();

        session.commitTransaction();

        assertThat(next(receiver).message().body()).isEqualTo("committed");
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void takesWithATransactionAndGivesBackWhenItIsRolledBack() throws ClientException {
        send(2);
        var session = BROKER.connection().openSession();
        var sender = session.openSender(BROKER.name() + " out");
        var receiver = session.openReceiver(BROKER.name(), manual(0).autoAccept(false));
        receiver.addCredit(1);
        session.beginTransaction();
        next(receiver).accept();
        sender.send(Message.create("rolled back").durable(true));
        session.rollbackTransaction();
        receiver.addCredit(1);
        session.beginTransaction();
        var delivery = next(receiver);
        assertThat(delivery.message().body()).isEqualTo(0);
        assertThat(delivery.message().deliveryCount()).isEqualTo(1);
        delivery.accept();
        sender.send(Message.create("committed").durable(true));
        session.commitTransaction();
        session.close();

        assertThat(next(BROKER.connection().openReceiver(BROKER.name()))
                        .message()
                        .body())
                .isEqualTo(1);
        var out = BROKER.connection().openReceiver(BROKER.name() + " out");
        assertThat(next(out).message().body()).isEqualTo("committed");
        assertThat(out.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    private static ReceiverOptions manual(int credit) {
        return new ReceiverOptions().autoAccept(false).autoSettle(false).creditWindow(credit);
    }

    private void send(int count) throws ClientException {
        try (var sender = BROKER.connection().openSender(BROKER.name())) {
            for (int number = 0; number < count; number++) {
                sender.send(Message.create(number).durable(true)).awaitAccepted();
            }
        }
    }

    private static List<Delivery> take(Receiver receiver, int count) throws ClientException {
        var taken = new ArrayList<Delivery>();
        while (taken.size() < count) {
            taken.add(next(receiver));
        }
        return taken;
    }

    private static List<Object> bodies(List<Delivery> deliveries) throws ClientException {
        var bodies = new ArrayList<>();
        for (var delivery : deliveries) {
            bodies.add(delivery.message().body());
        }
        return bodies;
    }

    private static List<Object> numbers(int from, int to) {
        return Arrays.asList(IntStream.range(from, to).boxed().toArray());
    }

    /** The condition with which the broker refuses a link. */
    private static String refusal(Future<?> opening) {
        try {
            opening.get(SOON_SECONDS, TimeUnit.SECONDS);
            return "not refused";
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof ClientLinkRemotelyClosedException closed) {
                return closed.getErrorCondition().condition();
            }
            throw new AssertionError("not an answer to the attach", refused);
        } catch (InterruptedException | TimeoutException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
