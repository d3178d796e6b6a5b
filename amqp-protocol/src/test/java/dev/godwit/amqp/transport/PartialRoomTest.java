package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages of which some frames have come and the others do not, on many links and connections. */
class PartialRoomTest {
    private static final int BYTES_MAX = 100_000;

    private final ListenerOptions options = ListenerOptions.of("127.0.0.1", 0);
    private final Loopback loopback = new Loopback(options, new ConnectionCaps(options, BYTES_MAX));

    @AfterEach
    void close() {
        loopback.close();
    }

    private RawPeer peer() {
        loopback.container.prepare = server -> server.creditForSenders = 20;
        var peer = new RawPeer(loopback.port()).open().begin();
        peer.attachSender("first", 0);
        peer.attachSender("second", 1);
        return peer;
    }

    private static Transfer transfer(int handle, int id, boolean more) {
        var transfer = RawPeer.transferPerformative(handle, id);
        transfer.setMore(more);
        return transfer;
    }

    private long held() {
        return loopback.caps.partialRoom().bytes();
    }

    @Test
    void detachesTheLinkOfAConnectionThatBeginsTooMuch() {
        try (var peer = peer()) {
            peer.send(0, transfer(0, 0, true), new byte[60_000]);
            peer.send(0, transfer(1, 1, true), new byte[60_000]);
            var error = peer.expect(Detach.class).getError();
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:resource-limit-exceeded");

            peer.send(0, transfer(0, 0, false), new byte[10]);
            await(() -> loopback.container.peer().deliveries.size() == 1);
            await(() -> held() == 0);
        }
    }

    @Test
    void leavesOthersTheirShareWhenOneHasFilledIt() {
        try (var greedy = peer()) {
            greedy.send(0, transfer(0, 0, true), new byte[95_000]);
            await(() -> held() >= 95_000);
            try (var modest = peer()) {
                modest.send(0, transfer(0, 0, true), new byte[30_000]);
                await(() -> held() >= 125_000);
                modest.send(0, transfer(0, 0, false), new byte[10]);
                await(() -> loopback.container.peer().deliveries.size() == 1);
                await(() -> held() < BYTES_MAX);
            }
        }
        await(() -> held() == 0);
    }

    @Test
    void countsWhatSmallFramesTakeBesideTheirBytes() {
        try (var peer = peer()) {
            for (int n = 0; n < 10_000; n++) {
                peer.send(0, transfer(0, 0, true), new byte[1]);
            }
            var error = peer.expect(Detach.class).getError();
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:resource-limit-exceeded");
        }
        await(() -> held() == 0);
    }

    @Test
    void messagesOfOneFrameDoNotCount() {
        try (var peer = peer()) {
            for (int n = 0; n < 5; n++) {
                peer.send(0, transfer(0, n, false), new byte[90_000]);
            }
            await(() -> loopback.container.peer().deliveries.size() == 5);
            assertThat(held()).isZero();
        }
    }
}
