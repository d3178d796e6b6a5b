package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.DeliveryMode;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Priorities (AMQP 1.0 §3.2.1) in each mode that can be set for an address. */
@Timeout(120)
final class PriorityTest {
    private static final long SOON_SECONDS = 20;
    private static final long MAX_WAIT_MILLIS = 500;

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(
            policy("none", PriorityMode.NONE), policy("weighted", PriorityMode.WEIGHTED), aged());

    private static AddressPolicy policy(String address, PriorityMode mode) {
        return new AddressPolicy(address, AddressSettings.NONE.with(AddressSetting.PRIORITY_MODE, mode));
    }

    private static AddressPolicy aged() {
        return new AddressPolicy("flood", AddressSettings.NONE.with(AddressSetting.PRIORITY_MAX_WAIT, MAX_WAIT_MILLIS));
    }

    @Test
    @Spec("3.2.1")
    void givesTheHighestFirst() throws ClientException {
        send("orders", 4, 0, 9, 4, 9, 0, 7);
        assertThat(receive("orders", 7)).containsExactly("9/2", "9/4", "7/6", "4/0", "4/3", "0/1", "0/5");
    }

    @Test
    void givesInOrderOfArrivalWhereItIsToldTo() throws ClientException {
        send("none", 4, 0, 9, 4);
        assertThat(receive("none", 4)).containsExactly("4/0", "0/1", "9/2", "4/3");
    }

    @Test
    void givesEachPriorityItsShareWhereItIsToldTo() throws ClientException {
        int[] priorities = new int[220];
        for (int i = 0; i < priorities.length; i++) {
            priorities[i] = i < 110 ? 0 : 9;
        }
        send("weighted", priorities);
        var first = receive("weighted", 110);
        assertThat(first.stream().filter(text -> text.startsWith("9/"))).hasSize(100);
    }

    private void send(String address, int... priorities) throws ClientException {
        try (var sender = broker.connection().openSender(address)) {
            for (int n = 0; n < priorities.length; n++) {
                var message =
                        Message.create(priorities[n] + "/" + n).durable(true).priority((byte) priorities[n]);
                sender.send(message).awaitAccepted();
            }
        }
    }

    private List<String> receive(String address, int count) throws ClientException {
        var texts = new ArrayList<String>();
        try (var receiver = broker.connection().openReceiver(address, new ReceiverOptions().creditWindow(1))) {
            for (int i = 0; i < count; i++) {
                var delivery = Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS));
                texts.add(String.valueOf(delivery.message().body()));
            }
        }
        return texts;
    }

    /** There is always much of priority 9. Prints how long the few of priority 0 were on their way. */
    @Test
    void lowPriorityGetsThroughAFloodOfHighPriority() throws Exception {
        var flood = new Flood();
        var sending = new Thread(flood, "flood");
        sending.start();
        try (var receiver = broker.connection().openReceiver("flood", new ReceiverOptions().creditWindow(10))) {
            flood.receive(receiver, 400);
        } finally {
            flood.stop();
            sending.join();
        }
        System.out.printf(
                "flood of priority 9 with 1 %% of priority 0, max-wait %d ms: %d of priority 0 took from sending to receipt"
                        + " 50 %% %d ms, 99.9 %% %d ms, at most %d ms; %d of priority 9, 99.9 %% %d ms%n",
                MAX_WAIT_MILLIS,
                flood.low.size(),
                quantile(flood.low, 0.5),
                quantile(flood.low, 0.999),
                quantile(flood.low, 1),
                flood.high.size(),
                quantile(flood.high, 0.999));
        List<Map<String, Object>> waits = waits();
        waits.forEach(wait -> System.out.printf(
                "  in the broker, with those sent before anybody received: %s of priority %s waited 50 %% %s ms, 99.9 %% %s ms, at most %s ms%n",
                wait.get("messages"),
                wait.get("priority"),
                wait.get("p50Millis"),
                wait.get("p999Millis"),
                wait.get("maxMillis")));
        assertThat(waits).extracting(wait -> wait.get("priority")).containsExactly(9, 0);
        assertThat((Long) waits.get(1).get("messages")).isGreaterThanOrEqualTo(flood.low.size());
        assertThat((Long) waits.get(1).get("p50Millis"))
                .as("it had to wait for its time")
                .isGreaterThan(MAX_WAIT_MILLIS / 2);
        assertThat(flood.high.size()).as("there was a flood").isGreaterThan(20 * flood.low.size());
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> waits() throws ClientException {
        var queue = broker.management().read("flood");
        return (List<Map<String, Object>>) Objects.requireNonNull(queue.get("waits"));
    }

    private static long quantile(List<Long> millis, double part) {
        var sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return sorted.get((int) Math.min(sorted.size() - 1L, (long) (part * sorted.size())));
    }

    /** Sends more than is received: many are always waiting. */
    private final class Flood implements Runnable {
        private static final int WAITING_MIN = 10_000;
        private static final int WAITING_MAX = 20_000;

        final List<Long> low = new ArrayList<>();
        final List<Long> high = new ArrayList<>();
        private final Semaphore room = new Semaphore(WAITING_MAX);
        private final Semaphore surplus = new Semaphore(-WAITING_MIN);

        /** What was sent before had to wait until much was there. */
        private long beginMillis = Long.MAX_VALUE;

        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void run() {
            try (var sending = broker.connect(new ConnectionOptions());
                    var sender =
                            sending.openSender("flood", new SenderOptions().deliveryMode(DeliveryMode.AT_MOST_ONCE))) {
                for (int n = 1; !over.get(); n++) {
                    room.acquire();
                    sender.send(Message.create("x")
                            .priority((byte) (n % 100 == 0 ? 0 : 9))
                            .property("sent", System.currentTimeMillis()));
                    surplus.release();
                }
            } catch (ClientException | InterruptedException failed) {
                throw new AssertionError(failed);
            }
        }

        void receive(Receiver receiver, int lowOnes) throws ClientException, InterruptedException {
            while (low.size() < lowOnes) {
                assertThat(surplus.tryAcquire(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
                beginMillis = Math.min(beginMillis, System.currentTimeMillis());
                var delivery = Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS));
                var message = delivery.message();
                long sentMillis = (long) message.property("sent");
                if (sentMillis >= beginMillis) {
                    (message.priority() == 0 ? low : high).add(System.currentTimeMillis() - sentMillis);
                }
                room.release();
            }
        }

        void stop() {
            over.set(true);
            room.release(WAITING_MAX);
        }
    }
}
