package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static dev.godwit.it.protonj2.ManagedBroker.why;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.types.UnsignedInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that are not to be given out before a time, as their annotations say, and what an operator does with them. */
@Timeout(60)
final class DelayedDeliveryTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 200;
    private static final long DELAY_MILLIS = 1_200;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final int LARGE_BYTES = 1_500_000;
    private static final String QUEUE = "delayed";
    private static final String DELAY = "x-opt-delivery-delay";
    private static final String TIME = "x-opt-delivery-time";

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    private DeliveryState send(Message<?> message) throws ClientException {
        var tracker = broker.connection().openSender(QUEUE).send(message);
        return tracker.awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS).remoteState();
    }

    private static Message<Object> message(Object body) throws ClientException {
        return Message.create(body).durable(true);
    }

    @SuppressWarnings("JavaUtilDate") // so this client writes timestamps
    private static Date timestamp(long millis) {
        return new Date(millis);
    }

    private Receiver receiver() throws ClientException {
        return broker.connection().openReceiver(QUEUE, new ReceiverOptions().autoAccept(false));
    }

    @Test
    void waitsForATimestampOrADelayOfAnyIntegerType() throws Exception {
        long time = System.currentTimeMillis() + DELAY_MILLIS;
        send(message("timestamp").annotation(TIME, timestamp(time)));
        send(message("long").annotation(TIME, time + 1));
        send(message("delay").annotation(DELAY, new UnsignedInteger((int) DELAY_MILLIS + 500)));
        send(message("past").annotation(TIME, 5L));
        var receiver = receiver();
        assertThat(next(receiver).message().body()).isEqualTo("past");
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        assertThat(next(receiver).message().body()).isEqualTo("timestamp");
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(time);
        assertThat(next(receiver).message().body()).isEqualTo("long");
        assertThat(next(receiver).message().body()).isEqualTo("delay");
    }

    @Test
    void rejectsWhatMakesNoSense() throws Exception {
        assertThat(send(message("a").annotation(TIME, "tomorrow")).getType()).isEqualTo(DeliveryState.Type.REJECTED);
        assertThat(send(message("b").annotation(DELAY, -5L)).getType()).isEqualTo(DeliveryState.Type.REJECTED);
        assertThat(send(message(new byte[LARGE_BYTES]).annotation(DELAY, true)).getType())
                .isEqualTo(DeliveryState.Type.REJECTED);
        assertThat(receiver().receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void largeMessageWaitsAlsoOverARestart() throws Exception {
        var body = new byte[LARGE_BYTES];
        body[LARGE_BYTES - 1] = 7;
        send(message(body).annotation(DELAY, 2 * DELAY_MILLIS));
        long sent = System.currentTimeMillis();
        broker.restart();
        var delivery = next(receiver());
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(sent + 2 * DELAY_MILLIS - NEVER_MILLIS);
        assertThat((byte[]) delivery.message().body()).isEqualTo(body);
    }

    @Test
    void consumerChoosesWhenAMessageIsTriedAgainAlsoOverARestart() throws Exception {
        send(message("again"));
        long chosen = System.currentTimeMillis() + 2 * DELAY_MILLIS;
        var receiver = receiver();
        next(receiver).disposition(DeliveryState.modified(true, false, Map.of(TIME, timestamp(chosen))), true);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        broker.restart();
        var again = next(receiver()).message();
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(chosen);
        assertThat(again.body()).isEqualTo("again");
        assertThat(again.deliveryCount()).isEqualTo(1);
    }

    @Test
    void failedMessageWaitsAsThePolicyOfItsAddressSays() throws Exception {
        send(message("failing"));
        var settings = Map.<String, Object>of("name", QUEUE, "retryDelay", DELAY_MILLIS, "retryDelayMultiplier", 2.0);
        assertThat(request("UPDATE", settings).property("statusCode")).isEqualTo(200);
        var receiver = receiver();
        long failed = System.currentTimeMillis();
        next(receiver).modified(true, false);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        next(receiver).modified(true, false);
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(failed + DELAY_MILLIS);
        broker.restart();
        assertThat(next(receiver()).message().deliveryCount()).isEqualTo(2);
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(failed + 3 * DELAY_MILLIS);
    }

    @Test
    void operatorListsAndCancels() throws Exception {
        long before = System.currentTimeMillis();
        for (int i = 0; i < 5; i++) {
            send(message(i).annotation(DELAY, HOUR_MILLIS + i * 1_000L));
        }
        send(message("now"));
        assertThat(ask("READ", Map.of())).containsEntry("scheduled", 5L).containsEntry("messages", 6L);

        var page = ask("LIST-SCHEDULED", Map.of("count", 2));
        var rest = ask("LIST-SCHEDULED", Map.of("count", 10, "after", page.get("next")));
        assertThat(messages(page)).hasSize(2);
        assertThat(messages(rest)).hasSize(3);
        assertThat(rest).doesNotContainKey("next");
        // So this client reads a timestamp within a map.
        assertThat((Long) messages(page).get(0).get("deliveryTime"))
                .isBetween(before + HOUR_MILLIS, before + 2 * HOUR_MILLIS);
        assertThat(messages(page).get(0)).containsEntry("failedAttempts", 0);

        var id = messages(page).get(1).get("id");
        assertThat(ask("CANCEL-SCHEDULED", Map.of("message", id))).containsEntry("messages", 1L);
        assertThat(status(request("CANCEL-SCHEDULED", Map.of("message", id)))).isEqualTo(404);
        assertThat(status(request("CANCEL-SCHEDULED", Map.of("message", "what"))))
                .isEqualTo(400);
        assertThat(status(request("CANCEL-SCHEDULED", Map.of()))).isEqualTo(400);
        assertThat(status(request("LIST-SCHEDULED", Map.of("after", "nowhere"))))
                .isEqualTo(400);
        assertThat(status(request("LIST-SCHEDULED", Map.of("count", 100_000)))).isEqualTo(400);

        assertThat(messages(http("GET", "/queues/delayed/scheduled?count=3", "200")))
                .hasSize(3);
        http("GET", "/queues/delayed/scheduled?number=3", "400");
        http("GET", "/queues/delayed/scheduled/7", "501");
        http("DELETE", "/queues/delayed/scheduled/999999", "404");
        var other = messages(page).get(0).get("id");
        assertThat(http("DELETE", "/queues/delayed/scheduled/" + other, "200")).containsEntry("message_count", 1L);
        assertThat(http("DELETE", "/queues/delayed/scheduled", "200")).containsEntry("message_count", 3L);
        http("GET", "/queues/nowhere/scheduled", "404");
        assertThat(ask("CANCEL-SCHEDULED", Map.of("message", "all"))).containsEntry("messages", 0L);
        assertThat(ask("READ", Map.of())).containsEntry("scheduled", 0L).containsEntry("messages", 1L);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> messages(Map<String, Object> page) {
        return (List<Map<String, Object>>) Objects.requireNonNull(page.get("messages"));
    }

    private Map<String, Object> ask(String operation, Map<String, Object> properties) throws ClientException {
        var answer = request(operation, properties);
        assertThat(status(answer)).as(why(answer)).isEqualTo(200);
        return body(answer);
    }

    private Message<?> request(String operation, Map<String, Object> properties) throws ClientException {
        return operation.equals("UPDATE")
                ? broker.management().ask(operation, ManagedBroker.QUEUE, QUEUE, properties)
                : broker.management().ask(operation, ManagedBroker.QUEUE, QUEUE, Map.of(), properties);
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> http(String method, String path, String status) throws ClientException {
        var answer = broker.management()
                .answer(Message.create((Object) Map.of()).subject(method).to(path));
        assertThat(answer.subject()).as("%s", answer.body()).isEqualTo(status);
        return answer.body() instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }
}
