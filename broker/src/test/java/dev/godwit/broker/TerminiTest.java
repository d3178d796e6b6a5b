package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.Terminus;
import org.apache.qpid.proton.amqp.messaging.TerminusDurability;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the answer to an attach says of the broker's own terminus (AMQP 1.0 §2.6.3, §3.5). */
class TerminiTest {
    private static final Symbol QUEUE = Symbol.valueOf("queue");
    private static final Symbol SELECTOR = Symbol.valueOf("selector");
    private static final UnsignedInteger TEN_MINUTES = UnsignedInteger.valueOf(600);

    @TempDir
    Path directory;

    private RawBroker broker;

    @BeforeEach
    void start() throws BrokerStartException {
        broker = new RawBroker(directory);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    /** Wishes that cannot all be met. */
    private static <T extends Terminus> T wishful(T terminus, int timeoutSeconds) {
        terminus.setAddress("queue");
        terminus.setDurable(TerminusDurability.UNSETTLED_STATE);
        terminus.setExpiryPolicy(TerminusExpiryPolicy.CONNECTION_CLOSE);
        terminus.setTimeout(UnsignedInteger.valueOf(timeoutSeconds));
        terminus.setCapabilities(QUEUE, Symbol.valueOf("telepathy"));
        return terminus;
    }

    private static void assertActual(Terminus answer, UnsignedInteger timeout) {
        assertThat(answer.getAddress()).isEqualTo("queue");
        // What is unsettled is kept in memory alone, and not for ever.
        assertThat(answer.getDurable()).isEqualTo(TerminusDurability.NONE);
        assertThat(answer.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.CONNECTION_CLOSE);
        assertThat(answer.getTimeout()).isEqualTo(timeout);
        assertThat(answer.getCapabilities()).containsExactly(QUEUE);
    }

    @Test
    @Spec({"2.6.3/actual", "3.5.3/outcomes", "3.5.1/filter-actual", "3.5.5/durable"})
    void saysOfItsSourceWhatItReallyIs() {
        var source = wishful(new Source(), 100_000);
        source.setFilter(Map.of(
                SELECTOR,
                new UnknownDescribedType(Symbol.valueOf("apache.org:selector-filter:string"), "a = 1"),
                Symbol.valueOf("mind"),
                new UnknownDescribedType(Symbol.valueOf("mind-reading:list"), List.of())));
        source.setOutcomes(Symbol.valueOf("amqp:accepted:list"), Symbol.valueOf("amqp:forgotten:list"));
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        attach.setSource(source);
        var answer =
                (Source) broker.connect().send(0, attach).expect(Attach.class).getSource();
        assertActual(answer, TEN_MINUTES);
        assertThat((Object) answer.getFilter().keySet()).isEqualTo(Set.of(SELECTOR));
        assertThat((Object) answer.getDistributionMode()).isEqualTo(Symbol.valueOf("move"));
        assertThat(answer.getOutcomes()).containsExactly(Symbol.valueOf("amqp:accepted:list"));
        assertThat(answer.getDefaultOutcome()).isInstanceOf(Released.class);
    }

    @Test
    @Spec({"2.6.3/actual", "3.5.5/durable"})
    void saysOfItsTargetWhatItReallyIs() {
        var attach = RawPeer.attachPerformative("producer", 0, Role.SENDER);
        attach.setTarget(wishful(new Target(), 70));
        var answer = broker.connect().send(0, attach).expect(Attach.class).getTarget();
        assertActual((Target) answer, UnsignedInteger.valueOf(70));
    }
}
