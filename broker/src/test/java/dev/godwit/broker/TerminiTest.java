package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.Terminus;
import org.apache.qpid.proton.amqp.messaging.TerminusDurability;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the answer to an attach says of the broker's own terminus (AMQP 1.0 §2.6.3, §3.5). */
class TerminiTest extends BrokerFrames {
    private static final Symbol QUEUE = Symbol.valueOf("queue");
    private static final Symbol SELECTOR = Symbol.valueOf("selector");
    private static final int FILTER = 7;
    private static final int DEFAULT_OUTCOME = 8;
    private static final int OUTCOMES = 9;
    private static final UnsignedInteger TEN_MINUTES = UnsignedInteger.valueOf(600);

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

    /** What is kept for a link is kept for ten minutes at most, and of one that browses nothing is. */
    @Test
    @Spec({"2.6.3/actual", "3.5.6/never"})
    void promisesNothingForEverThatIsNotKeptForEver() {
        var peer = broker.connect();
        var kept = RawPeer.attachPerformative("kept", 0, Role.RECEIVER);
        ((Source) kept.getSource()).setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        var source = (Source) peer.send(0, kept).expect(Attach.class).getSource();
        assertThat(source.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat(source.getTimeout()).isEqualTo(TEN_MINUTES);

        var producing = RawPeer.attachPerformative("producing", 1, Role.SENDER);
        ((Target) producing.getTarget()).setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        var target = (Target) peer.send(0, producing).expect(Attach.class).getTarget();
        assertThat(target.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat(target.getTimeout()).isEqualTo(TEN_MINUTES);

        var subscription = RawPeer.attachPerformative("subscription", 2, Role.RECEIVER);
        var atTopic = (Source) subscription.getSource();
        atTopic.setAddress("topic");
        atTopic.setCapabilities(Symbol.valueOf("topic"));
        atTopic.setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        var durable = (Source) peer.send(0, subscription).expect(Attach.class).getSource();
        assertThat(durable.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.NEVER);
    }

    /** So a link of its name that comes later has another source, and may be shown all of it again. */
    @Test
    @Spec("3.5.2/copy-once")
    void keepsNothingOfALinkThatBrowsesWhenItIsDetached() {
        var browsing = RawPeer.attachPerformative("browsing", 0, Role.RECEIVER);
        ((Source) browsing.getSource()).setDistributionMode(Symbol.valueOf("copy"));
        ((Source) browsing.getSource()).setExpiryPolicy(TerminusExpiryPolicy.CONNECTION_CLOSE);
        ((Source) browsing.getSource()).setTimeout(UnsignedInteger.valueOf(70));
        var answer =
                (Source) broker.connect().send(0, browsing).expect(Attach.class).getSource();
        assertThat(answer.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat(answer.getTimeout()).isEqualTo(UnsignedInteger.ZERO);
    }

    /**
     * As the wire has it: the engine's class would not take some of these.
     *
     * @param fields of the source, by their places in it
     */
    private static Object receiver(Map<Integer, Object> fields) {
        var source = new ArrayList<@Nullable Object>(Collections.nCopies(11, null));
        source.set(0, "queue");
        fields.forEach(source::set);
        var attach = new ArrayList<@Nullable Object>(List.of("consumer", UnsignedInteger.ZERO, true));
        attach.add(null);
        attach.add(null);
        attach.add(new UnknownDescribedType(UnsignedLong.valueOf(0x28), source));
        return new UnknownDescribedType(UnsignedLong.valueOf(0x12), attach);
    }

    private Source answerTo(Object attach) {
        return (Source) broker.connect().send(0, attach).expect(Attach.class).getSource();
    }

    @Test
    @Spec({"1.4/multiple", "3.5.3/outcomes"})
    void takesOneValueForAListOfOneAndAnEmptyListForNone() {
        var accepted = Symbol.valueOf("amqp:accepted:list");
        assertThat(answerTo(receiver(Map.of(OUTCOMES, accepted))).getOutcomes()).containsExactly(accepted);
        assertThat(answerTo(receiver(Map.of(OUTCOMES, new Symbol[] {accepted}))).getOutcomes())
                .containsExactly(accepted);
        var all = answerTo(receiver(Map.of())).getOutcomes();
        assertThat(all).contains(accepted).hasSize(4);
        assertThat(answerTo(receiver(Map.of(OUTCOMES, new Symbol[0]))).getOutcomes())
                .isEqualTo(all);
    }

    @Test
    @Spec("3.5.3/default-outcome-valid")
    void refusesADefaultOutcomeThatIsNone() {
        var received = new UnknownDescribedType(
                UnsignedLong.valueOf(0x23), List.of(UnsignedInteger.ZERO, UnsignedLong.valueOf(0)));
        for (Object wrong : List.of(received, "accepted", Symbol.valueOf("amqp:accepted:list"))) {
            var error = broker.connect()
                    .send(0, receiver(Map.of(DEFAULT_OUTCOME, wrong)))
                    .expectClose();
            assertThat(String.valueOf(Objects.requireNonNull(error).getCondition()))
                    .isEqualTo("amqp:decode-error");
        }
    }

    @Test
    @Spec({"3.5.8/null", "3.5.8/filter-set"})
    void takesAFilterOfNullForNone() {
        Map<Object, @Nullable Object> filters = new LinkedHashMap<>();
        filters.put(SELECTOR, null);
        assertThat((Object) answerTo(receiver(Map.of(FILTER, filters))).getFilter())
                .isNull();
        filters.clear();
        filters.put("text", new UnknownDescribedType(Symbol.valueOf("apache.org:selector-filter:string"), "FALSE"));
        assertThat((Object) answerTo(receiver(Map.of(FILTER, filters))).getFilter())
                .isNull();
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
