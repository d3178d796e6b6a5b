package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.qpid.protonj2.client.DistributionMode;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;
import org.apache.qpid.protonj2.types.DescribedType;
import org.apache.qpid.protonj2.types.Symbol;
import org.apache.qpid.protonj2.types.UnsignedLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Source filters and distribution modes of AMQP 1.0 (§3.5.3, §3.5.7, §3.5.8), without JMS above. */
@Timeout(60)
final class FiltersTest {
    @RegisterExtension
    static final ConnectedBroker BROKER = new ConnectedBroker();

    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;
    private static final UnsignedLong SELECTOR_CODE = UnsignedLong.valueOf(0x0000468C_00000004L);
    private static final Symbol SELECTOR = Symbol.valueOf("apache.org:selector-filter:string");

    /** A described value, written as such. */
    private record Filter(Object descriptor, Object value) implements DescribedType {
        @Override
        public Object getDescriptor() {
            return descriptor;
        }

        @Override
        public Object getDescribed() {
            return value;
        }
    }

    @Test
    @Spec("3.5.1/filter-applied")
    void knowsTheSelectorByNumberAndBySymbolUnderAnyName() throws Exception {
        send(12);
        var byNumber = open(Map.of("whatever", new Filter(SELECTOR_CODE, "n >= 10")));
        assertThat(byNumber.source().filters()).containsOnlyKeys("whatever");
        assertThat(bodies(byNumber, 2)).containsExactly(10, 11);

        var bySymbol = open(Map.of("jms-selector", new Filter(SELECTOR, "n IN (3, 5) AND color = 'red'")));
        assertThat(bodies(bySymbol, 2)).containsExactly(3, 5);
        assertThat(bySymbol.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void refusesABadSelectorAndGoesOn() throws Exception {
        assertThatThrownBy(() -> open(Map.of("s", new Filter(SELECTOR, "n = = 1"))))
                .rootCause()
                .isInstanceOfSatisfying(ClientLinkRemotelyClosedException.class, refusal -> {
                    assertThat(refusal.getErrorCondition().condition()).isEqualTo("amqp:invalid-field");
                    assertThat(refusal.getErrorCondition().description()).contains("at character 5");
                });
        send(1);
        assertThat(bodies(BROKER.connection().openReceiver(BROKER.name()), 1)).containsExactly(0);
    }

    @Test
    @Spec("3.5.1/filter-actual")
    void leavesFiltersThatItDoesNotApplyOutOfTheEcho() throws Exception {
        send(1);
        var receiver = open(Map.of(
                "unknown", new Filter(Symbol.valueOf("vendor:unknown"), 1),
                "known", new Filter(SELECTOR, "n = 0")));
        assertThat(receiver.source().filters()).containsOnlyKeys("known");
        assertThat(bodies(receiver, 1)).containsExactly(0);
    }

    @Test
    void filtersByPropertiesAndApplicationProperties() throws Exception {
        send(10);
        var properties =
                new Filter(Symbol.valueOf("amqp:properties-filter"), Map.of(Symbol.valueOf("subject"), "&s:7"));
        assertThat(bodies(open(Map.of("p", properties)), 1)).containsExactly(7);

        var application =
                new Filter(Symbol.valueOf("amqp:application-properties-filter"), Map.of("color", "&p:re", "n", 5));
        assertThat(bodies(open(Map.of("a", application)), 1)).containsExactly(5);

        var sql = new Filter(Symbol.valueOf("amqp:sql-filter"), "properties.subject LIKE 's_' AND n % 4 = 3");
        assertThat(bodies(open(Map.of("sql-filter", sql)), 1)).containsExactly(3);
    }

    @Test
    @Spec("3.5.2/copy")
    void browsesAgainAndAgainAndTakesNothing() throws Exception {
        send(20);
        for (int round = 0; round < 2; round++) {
            try (var browser = browse(Map.of())) {
                assertThat(bodies(browser, 20))
                        .isEqualTo(IntStream.range(0, 20).boxed().toList());
            }
        }
        try (var browser = browse(Map.of("s", new Filter(SELECTOR, "n > 17")))) {
            assertThat(bodies(browser, 2)).containsExactly(18, 19);
            send(20);
            assertThat(bodies(browser, 2)).containsExactly(18, 19);
        }
        var receiver = BROKER.connection().openReceiver(BROKER.name());
        var first = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(first.message().body()).isEqualTo(0);
        assertThat(first.message().deliveryCount()).isZero();
    }

    @Test
    @Spec("2.6.7/drain")
    void endsADrainOfABrowserWithItsLastMessage() throws Exception {
        send(3);
        var options = new ReceiverOptions().creditWindow(0);
        options.sourceOptions().distributionMode(DistributionMode.COPY);
        var browser = BROKER.connection().openReceiver(BROKER.name(), options);
        browser.addCredit(10);
        browser.drain().get(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(browser.queuedDeliveries()).isEqualTo(3);
    }

    private Receiver open(Map<String, Filter> filters) throws ClientException, ExecutionException {
        return open(filters, new ReceiverOptions());
    }

    private Receiver browse(Map<String, Filter> filters) throws ClientException, ExecutionException {
        var options = new ReceiverOptions();
        options.sourceOptions().distributionMode(DistributionMode.COPY);
        return open(filters, options);
    }

    private Receiver open(Map<String, Filter> filters, ReceiverOptions options)
            throws ClientException, ExecutionException {
        options.sourceOptions().filters(Map.copyOf(filters));
        try {
            return BROKER.connection()
                    .openReceiver(BROKER.name(), options)
                    .openFuture()
                    .get();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private void send(int count) throws ClientException {
        try (var sender = BROKER.connection().openSender(BROKER.name())) {
            for (int n = 0; n < count; n++) {
                var message = Message.create(n).durable(true).subject("s" + n);
                message.property("n", n).property("color", n % 2 == 0 ? "blue" : "red");
                sender.send(message).awaitAccepted();
            }
        }
    }

    private static List<Object> bodies(Receiver receiver, int count) throws ClientException {
        var bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as("message %d", i).isNotNull();
            bodies.add(delivery.message().body());
        }
        return bodies;
    }
}
