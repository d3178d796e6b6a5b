package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.conformance.Spec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.DeleteOnClose;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoLinks;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoLinksOrMessages;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoMessages;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that are made for a link (AMQP 1.0 §3.5.3, §3.5.4). */
class DynamicNodeTest extends BrokerFrames {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Symbol LIFETIME_POLICY = Symbol.valueOf("lifetime-policy");

    private static Attach dynamic(Role role, int handle, boolean named) {
        var attach = RawPeer.attachPerformative("dynamic " + handle, handle, role);
        if (role == Role.RECEIVER) {
            var source = new Source();
            source.setDynamic(true);
            source.setAddress(named ? "queue" : null);
            attach.setSource(source);
        } else {
            var target = new Target();
            target.setDynamic(true);
            target.setAddress(named ? "queue" : null);
            attach.setTarget(target);
        }
        return attach;
    }

    private static Attach at(String address, Role role, int handle) {
        var attach = RawPeer.attachPerformative("at " + address + role, handle, role);
        var source = new Source();
        source.setAddress(address);
        attach.setSource(source);
        var target = new Target();
        target.setAddress(address);
        attach.setTarget(target);
        return attach;
    }

    @Test
    @Spec({"3.5.3/dynamic", "3.5.4/dynamic"})
    void makesANodeAndSaysItsAddress() {
        var peer = broker.connect();
        var source = (Source) peer.send(0, dynamic(Role.RECEIVER, 0, false))
                .expect(Attach.class)
                .getSource();
        var target = (Target) peer.send(0, dynamic(Role.SENDER, 1, false))
                .expect(Attach.class)
                .getTarget();
        assertThat(source.getAddress()).isNotEmpty().isNotEqualTo(target.getAddress());
        assertThat(target.getAddress()).isNotEmpty();

        byte[] message = broker.encode(new AmqpValue("there"));
        peer.send(0, at(source.getAddress(), Role.SENDER, 2)).expect(Attach.class);
        peer.send(0, RawPeer.transferPerformative(2, 0), message);
        peer.send(0, RawBroker.credit(0, 1, 0)).expect(Transfer.class);
        assertThat(peer.payload).endsWith(message);
        peer.send(0, RawPeer.transferPerformative(1, 1), message);
        peer.send(0, at(target.getAddress(), Role.RECEIVER, 3)).expect(Attach.class);
        peer.send(0, RawBroker.credit(3, 1, 0)).expect(Transfer.class);
        assertThat(peer.payload).endsWith(message);
    }

    @Test
    @Spec({"3.5.3/dynamic-address", "3.5.4/dynamic-address"})
    void refusesADynamicTerminusThatNamesAnAddress() {
        var peer = broker.connect();
        peer.send(0, dynamic(Role.RECEIVER, 0, true));
        assertThat(peer.expect(Attach.class).getSource()).isNull();
        assertThat(condition(peer)).isEqualTo("amqp:invalid-field");
        peer.send(0, dynamic(Role.SENDER, 1, true));
        assertThat(peer.expect(Attach.class).getTarget()).isNull();
        assertThat(condition(peer)).isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec("3.2.1/durable-dynamic")
    void takesDurableMessagesWhichEndWithTheNode() {
        var peer = broker.connect();
        var address = make(peer, 0, DeleteOnClose.getInstance());
        var sender = broker.connect();
        sender.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        var header = new Header();
        header.setDurable(true);
        sender.send(0, RawPeer.transferPerformative(0, 0), broker.encode(header, new AmqpValue("there")));
        assertThat(sender.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        closes(peer, 0);
        awaitGone(address);
    }

    // ---- lifetimes

    private static Attach dynamic(int handle, @Nullable Object policy) {
        var attach = dynamic(Role.RECEIVER, handle, false);
        if (policy != null) {
            ((Source) attach.getSource()).setDynamicNodeProperties(Map.of(LIFETIME_POLICY, policy));
        }
        return attach;
    }

    /** Attaches as a receiver of a new node with that policy, and returns the node's address. */
    private static String make(RawPeer peer, int handle, Object policy) {
        var source = (Source)
                peer.send(0, dynamic(handle, policy)).expect(Attach.class).getSource();
        assertThat(source.getDynamicNodeProperties().get(LIFETIME_POLICY)).hasSameClassAs(policy);
        return source.getAddress();
    }

    private void send(RawPeer peer, int handle, int deliveryId) {
        peer.send(0, RawPeer.transferPerformative(handle, deliveryId), broker.encode(new AmqpValue("there")));
        assertThat(peer.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
    }

    private void closes(RawPeer peer, int handle) {
        peer.send(0, RawBroker.detach(handle, true)).expect(Detach.class);
    }

    private void awaitGone(String address) {
        await().atMost(PATIENCE).until(() -> !broker.has(address));
    }

    /** A node that is still there when one that was to go has gone for the same reason. */
    private void assertStays(String address) {
        var peer = broker.connect();
        var other = make(peer, 0, DeleteOnNoLinks.getInstance());
        closes(peer, 0);
        awaitGone(other);
        assertThat(broker.has(address)).isTrue();
    }

    @Test
    @Spec("3.5.3/node-properties")
    void saysHowLongANodeLives() {
        var peer = broker.connect();
        var unasked =
                (Source) peer.send(0, dynamic(0, null)).expect(Attach.class).getSource();
        assertThat(unasked.getDynamicNodeProperties().get(LIFETIME_POLICY)).isInstanceOf(DeleteOnClose.class);
        var notDynamic = at("queue", Role.RECEIVER, 1);
        ((Source) notDynamic.getSource())
                .setDynamicNodeProperties(Map.of(LIFETIME_POLICY, DeleteOnNoLinks.getInstance()));
        var known = (Source) peer.send(0, notDynamic).expect(Attach.class).getSource();
        assertThat((Object) known.getDynamicNodeProperties()).isNull();
    }

    /** The answer is what was made of it, and the node is that. */
    @Test
    @Spec("3.5.9/lifetime-policy")
    void takesALifetimePolicyThatIsNoneForNothing() {
        var peer = broker.connect();
        for (Object none : List.of("for ever", Accepted.getInstance())) {
            var source =
                    (Source) peer.send(0, dynamic(0, none)).expect(Attach.class).getSource();
            assertThat(source.getDynamicNodeProperties().get(LIFETIME_POLICY)).isInstanceOf(DeleteOnClose.class);
            closes(peer, 0);
            awaitGone(source.getAddress());
        }
    }

    @Test
    @Spec("3.5.10/delete-on-close")
    void deletesWithTheLinkThatMadeIt() {
        var maker = broker.connect();
        var address = make(maker, 0, DeleteOnClose.getInstance());
        var other = broker.connect();
        other.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        send(other, 0, 0);
        maker.send(0, RawBroker.detach(0, false)).expect(Detach.class);
        assertStays(address);
        maker.send(0, at(address, Role.RECEIVER, 0)).expect(Attach.class);
        var again = make(maker, 1, DeleteOnClose.getInstance());
        closes(maker, 1);
        awaitGone(again);
        maker.close();
        awaitGone(address);
    }

    @Test
    @Spec("3.5.11/delete-on-no-links")
    void deletesWithTheLastLink() {
        var maker = broker.connect();
        var address = make(maker, 0, DeleteOnNoLinks.getInstance());
        var other = broker.connect();
        other.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        send(other, 0, 0);
        maker.close();
        assertStays(address);
        var third = broker.connect();
        third.send(0, at(address, Role.RECEIVER, 0)).expect(Attach.class);
        third.send(0, RawBroker.credit(0, 1, 0)).expect(Transfer.class);
        closes(other, 0);
        assertStays(address);
        closes(third, 0);
        awaitGone(address);
    }

    @Test
    @Spec("3.5.12/delete-on-no-messages")
    void deletesWhenItsLinkIsClosedAndItsMessagesAreGone() {
        var maker = broker.connect();
        var address = make(maker, 0, DeleteOnNoMessages.getInstance());
        var empty = make(maker, 1, DeleteOnNoMessages.getInstance());
        var other = broker.connect();
        other.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        send(other, 0, 0);
        closes(maker, 0);
        closes(maker, 1);
        awaitGone(empty);
        assertStays(address);
        // A link that did not make it neither keeps it nor ends it.
        other.send(0, at(address, Role.RECEIVER, 1)).expect(Attach.class);
        var transfer = other.send(0, RawBroker.credit(1, 1, 0)).expect(Transfer.class);
        assertStays(address);
        other.send(0, RawBroker.disposition(Role.RECEIVER, transfer.getDeliveryId(), Accepted.getInstance(), true));
        awaitGone(address);
        assertThat(condition(other)).isEqualTo("amqp:resource-deleted");
    }

    @Test
    @Spec("3.5.13/delete-on-no-links-or-messages")
    void deletesWhenItHasNeitherLinksNorMessages() {
        var maker = broker.connect();
        var address = make(maker, 0, DeleteOnNoLinksOrMessages.getInstance());
        var empty = make(maker, 1, DeleteOnNoLinksOrMessages.getInstance());
        var other = broker.connect();
        other.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        send(other, 0, 0);
        maker.close();
        awaitGone(empty);
        closes(other, 0);
        assertStays(address);
        other.send(0, at(address, Role.RECEIVER, 0)).expect(Attach.class);
        var transfer = other.send(0, RawBroker.credit(0, 1, 0)).expect(Transfer.class);
        other.send(0, RawBroker.disposition(Role.RECEIVER, transfer.getDeliveryId(), Accepted.getInstance(), true));
        assertStays(address);
        closes(other, 0);
        awaitGone(address);
    }

    @Test
    void aLinkThatIsOnlyDetachedKeepsItsNodeToTheEndOfItsConnection() {
        var maker = broker.connect();
        var address = make(maker, 0, DeleteOnNoLinks.getInstance());
        maker.send(0, RawBroker.detach(0, false)).expect(Detach.class);
        assertStays(address);
        // Under its old name it comes back, and is closed.
        var back = at(address, Role.RECEIVER, 0);
        back.setName("dynamic 0");
        maker.send(0, back).expect(Attach.class);
        maker.send(0, RawBroker.detach(0, false)).expect(Detach.class);
        maker.close();
        awaitGone(address);
    }

    /** A message so long that it is taken in parts, again and again: its sender hears when that is of no use any more. */
    @ParameterizedTest
    @ValueSource(strings = {"queue", "topic"})
    void producerOfLongMessagesHearsThatItsNodeIsGone(String kind) {
        var maker = broker.connect();
        var attach = dynamic(0, DeleteOnClose.getInstance());
        ((Source) attach.getSource()).setCapabilities(Symbol.valueOf(kind));
        var address = ((Source) maker.send(0, attach).expect(Attach.class).getSource()).getAddress();
        var producer = broker.connect();
        producer.send(0, at(address, Role.SENDER, 0)).expect(Flow.class);
        int deliveryId = 0;
        assertThat(sendLong(producer, deliveryId++)).isEqualTo(Accepted.getInstance());
        maker.close();
        Object outcome = Accepted.getInstance();
        while (outcome == Accepted.getInstance()) {
            outcome = sendLong(producer, deliveryId++);
        }
        assertThat(outcome).isEqualTo(Released.getInstance());
        assertThat(condition(producer)).isEqualTo("amqp:resource-deleted");
    }

    private static Object sendLong(RawPeer peer, int deliveryId) {
        var first = RawPeer.transferPerformative(0, deliveryId);
        first.setMore(true);
        peer.send(0, first, new byte[] {0, 0x53, 0x75, (byte) 0xb0, 0, 0x09, 0x27, (byte) 0xc0});
        for (int i = 1; i <= 10; i++) {
            var next = RawPeer.transferPerformative(0, deliveryId);
            next.setMore(i < 10);
            peer.send(0, next, new byte[60_000]);
        }
        return peer.expect(Disposition.class).getState();
    }

    private static String condition(RawPeer peer) {
        return String.valueOf(peer.expect(Detach.class).getError().getCondition());
    }
}
