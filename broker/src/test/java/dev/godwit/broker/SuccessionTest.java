package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.security.PasswordHash;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that comes again takes the place of its connection before, which we do not know to be lost. */
class SuccessionTest extends ResumptionFrames {
    private static final UUID ID = UUID.randomUUID();
    private static final Symbol SOLE = Symbol.valueOf("sole-connection-for-container");

    private static Open open(UUID id, long number) {
        var open = RawPeer.openPerformative();
        open.setProperties(
                Map.of(Symbol.valueOf("godwit:succession"), id, Symbol.valueOf("godwit:succession-number"), number));
        return open;
    }

    /** Takes the first three of six messages, and settles none. */
    private RawPeer holdsThreeOfSix(Open open) {
        fill(6);
        var peer = broker.connect(open);
        consume(peer, 3);
        assertThat(numbers(peer, 3)).containsExactly(1, 2, 3);
        return peer;
    }

    private static void consume(RawPeer peer, int credit) {
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, null)).expect(Attach.class);
        peer.send(0, credit(credit, 0));
    }

    /** The numbers of messages that come, in order. */
    private static List<Integer> numbers(RawPeer peer, int count) {
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            peer.expect(Transfer.class);
            numbers.add((int) peer.payload[peer.payload.length - 1]);
        }
        return numbers;
    }

    /** Why it comes to it. */
    private static String closed(RawPeer peer) {
        return RawPeer.condition(peer.expect(Close.class).getError());
    }

    /** That is how it is with any two consumers, and what the rest of this is about. */
    @Test
    void whatALostConnectionHasComesLateToAClientOfWhichWeDoNotKnowThatItIsTheSame() {
        var first = holdsThreeOfSix(RawPeer.openPerformative());
        var second = broker.connect();
        consume(second, 6);
        assertThat(numbers(second, 3)).containsExactly(4, 5, 6);
        first.close();
        assertThat(numbers(second, 3)).containsExactly(1, 2, 3);
    }

    /** Several times: by chance on the same loop, on that of the queue, or elsewhere. */
    @Test
    void whatTheLostConnectionHasComesFirst() {
        for (long round = 0; round < 10; round++) {
            var first = holdsThreeOfSix(open(ID, 2 * round));
            var second = broker.connect(open(ID, 2 * round + 1));
            consume(second, 6);
            assertThat(numbers(second, 6)).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(closed(first)).isEqualTo("amqp:connection:forced");
            second.send(0, RawPeer.dispositionPerformative(Role.RECEIVER, 0, 5, Accepted.getInstance(), true));
            // When that is answered, what was said before it has been heard.
            second.send(0, RawPeer.detachPerformative(1, true)).expect(Detach.class);
        }
        assertReady(0);
    }

    @Test
    void nothingComesOfWhatArrivesLateOnTheLostConnection() {
        var first = broker.connect(open(ID, 1));
        first.attachSender("producer", 0);
        var begun = RawPeer.transferPerformative(0, 0, true);
        first.send(0, begun, message(1));
        var second = broker.connect(open(ID, 2));
        second.attachSender("producer", 0);
        second.send(0, RawPeer.transferPerformative(0, 0), message(2)).expect(Disposition.class);
        assertThat(closed(first)).isEqualTo("amqp:connection:forced");
        first.send(0, RawPeer.transferPerformative(0, 0));
        first.send(0, RawPeer.transferPerformative(0, 1), message(3));
        first.send(0, new Close()).expectEnd();
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(1);
    }

    @Test
    void anEarlierConnectionThatIsLateIsTurnedAway() {
        var later = holdsThreeOfSix(open(ID, 5));
        for (long number : new long[] {4, 5}) {
            var late = broker.visit();
            late.open(open(ID, number));
            assertThat(closed(late)).isEqualTo("amqp:connection:forced");
        }
        later.send(0, credit(4, 3));
        assertThat(numbers(later, 1)).containsExactly(4);
    }

    @Test
    void aContainerIdThatIsToBeTheOnlyOneIsFreeForThatClientAndForNoOther() {
        var open = open(ID, 1);
        open.setDesiredCapabilities(SOLE);
        var first = broker.connect(open);
        for (var stranger : List.of(RawPeer.openPerformative(), open(UUID.randomUUID(), 2))) {
            stranger.setDesiredCapabilities(SOLE);
            var refused = broker.visit();
            refused.open(stranger);
            assertThat(closed(refused)).isEqualTo("amqp:invalid-field");
        }
        var again = open(ID, 2);
        again.setDesiredCapabilities(SOLE);
        broker.connect(again).attachSender("producer", 0);
        assertThat(closed(first)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void anotherUserDoesNotTakeThePlace(@TempDir Path data) throws Exception {
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        var hash = PasswordHash.hash("secret");
        try (var guarded = new RawBroker(defaults.withUsers(Map.of("ann", hash, "bob", hash)))) {
            var ann = guarded.visit().open(open(ID, 1), RawPeer.plain("ann", "secret"));
            var bob = guarded.visit().open(open(ID, 2), RawPeer.plain("bob", "secret"));
            ann.begin().attachSender("producer", 0);
            bob.begin().attachSender("producer", 0);
            guarded.visit().open(open(ID, 2), RawPeer.plain("ann", "secret")).begin();
            assertThat(closed(ann)).isEqualTo("amqp:connection:forced");
            bob.send(0, RawPeer.transferPerformative(0, 0), message(1)).expect(Disposition.class);
        }
    }
}
