package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are made for a link (AMQP 1.0 §3.5.3, §3.5.4). */
class DynamicNodeTest {
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

    private static Attach dynamic(Role role, int handle, boolean named) {
        var attach = RawPeer.attachPerformative("dynamic " + role, handle, role);
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
    @Spec("3.5.3/dynamic")
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
    @Spec("3.5.3/dynamic-address")
    void refusesADynamicTerminusThatNamesAnAddress() {
        var peer = broker.connect();
        peer.send(0, dynamic(Role.RECEIVER, 0, true));
        assertThat(peer.expect(Attach.class).getSource()).isNull();
        assertThat(condition(peer)).isEqualTo("amqp:invalid-field");
        peer.send(0, dynamic(Role.SENDER, 1, true));
        assertThat(peer.expect(Attach.class).getTarget()).isNull();
        assertThat(condition(peer)).isEqualTo("amqp:invalid-field");
    }

    private static String condition(RawPeer peer) {
        return String.valueOf(peer.expect(Detach.class).getError().getCondition());
    }
}
