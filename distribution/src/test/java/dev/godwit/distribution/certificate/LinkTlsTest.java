package dev.godwit.distribution.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.broker.cluster.link.Belonging;
import dev.godwit.broker.cluster.link.LinkChannel;
import dev.godwit.broker.cluster.link.LinkSettings;
import dev.godwit.broker.cluster.link.LinkTls;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLink;
import dev.godwit.broker.cluster.link.NodeLinkListener;
import dev.godwit.broker.cluster.link.NodeLinks;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links over TLS, with certificates as {@code godwit cluster cert} makes them: who belongs to the cluster comes in, nobody else. */
class LinkTlsTest {
    @TempDir
    private static Path directory;

    private static ClusterAuthority ours;
    private static LinkTls n1;
    private static LinkTls n2;

    private final List<Node> nodes = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() throws NotMadeException {
        ours = authority("ours");
        n1 = files(ours.sign("n1", List.of(), 10), "ours");
        n2 = files(ours.sign("n2", List.of("localhost", "127.0.0.1"), 10), "ours");
    }

    private static ClusterAuthority authority(String name) throws NotMadeException {
        var made = new ClusterAuthority(directory.resolve(name), ClusterAuthority.DEFAULT_PASSWORD);
        made.make();
        return made;
    }

    private static LinkTls files(Path pem, String authority) {
        return new LinkTls(pem, pem, directory.resolve(authority).resolve(ClusterAuthority.CERTIFICATE_FILE));
    }

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
    }

    private Node node(String nodeId, LinkSettings settings) {
        var node = new Node(nodeId, settings);
        nodes.add(node);
        return node;
    }

    @Test
    void carriesMessages() {
        var first = node("n1", LinkSettings.of(n1));
        var second = node("n2", LinkSettings.of(n2));
        var link = first.connect(second);
        await().until(() -> first.on(link::isOpen));
        assertThat(first.on(() -> link.send(
                        new LinkChannel(LinkChannel.Kind.CONTROL, 1),
                        List.of(ByteBuffer.allocate(1_000_000), ByteBuffer.allocateDirect(500_000)))))
                .isTrue();
        await().until(() -> second.received.contains("n1 1500000"));
    }

    /** Nobody of these gets in, whichever end it is. */
    private void assertNoLink(Node first, Node second) {
        var there = first.connect(second);
        var back = second.connect(first);
        // Each has been turned away by the other, or has left it, and comes again.
        await().until(() -> first.failures(there) > 0 && second.failures(back) > 0);
        assertThat(first.on(there::isOpen)).isFalse();
        assertThat(second.on(back::isOpen)).isFalse();
        assertThat(first.opened).isEmpty();
        assertThat(second.opened).isEmpty();
    }

    @Test
    void letsNobodyInWhomAnotherAuthorityHasSigned() throws NotMadeException {
        var stranger = files(authority("theirs").sign("n2", List.of(), 10), "ours");
        assertNoLink(node("n1", LinkSettings.of(n1)), node("n2", LinkSettings.of(stranger)));
    }

    @Test
    void letsNobodyInWhoseCertificateHasExpired() throws NotMadeException {
        var expired = files(ours.sign("n3", List.of(), "-10d", 5), "ours");
        assertNoLink(node("n1", LinkSettings.of(n1)), node("n3", LinkSettings.of(expired)));
    }

    @Test
    void letsNobodyInWhoseCertificateIsForAnotherNode() throws NotMadeException {
        var fourth = files(ours.sign("n4", List.of(), 10), "ours");
        assertNoLink(node("n1", LinkSettings.of(n1)), node("n2", LinkSettings.of(fourth)));
    }

    /** Names of hosts are in the certificate, too; and ids are compared letter by letter everywhere. */
    @Test
    void letsNobodyInWhoIsCalledLikeAHostOrNearlySo() throws NotMadeException {
        var fifth = files(ours.sign("n5", List.of("n2"), 10), "ours");
        assertNoLink(node("n1", LinkSettings.of(n1)), node("n2", LinkSettings.of(fifth)));
        assertNoLink(node("n1", LinkSettings.of(n1)), node("N5", LinkSettings.of(fifth)));
    }

    /** TLS would wait for it to take the last words. */
    @Test
    void dropsAPeerThatTakesNothingWithoutWaitingForIt() throws Exception {
        var first = node("n1", LinkSettings.of(n1));
        var second = node("n2", LinkSettings.of(n2));
        try (var wire = new CuttableWire(second.links.identity().address().port())) {
            var link = first.on(() -> first.links.connect("n2", new NodeAddress("127.0.0.1", wire.port())));
            await().until(() -> first.on(link::isOpen));
            wire.stop();
            first.on(() -> {
                while (link.send(new LinkChannel(LinkChannel.Kind.CONTROL, 1), List.of(ByteBuffer.allocate(1 << 20)))) {
                    assertThat(link.statistics().queuedBytes()).isLessThan(64 << 20);
                }
                return true;
            });
            long stoppedNanos = System.nanoTime();
            await().until(() -> first.opened.isEmpty());
            // Silent for one second; TLS waits for three more.
            assertThat(Duration.ofNanos(System.nanoTime() - stoppedNanos)).isLessThan(Duration.ofMillis(3_500));
        }
    }

    @Test
    void makesNoSecondAuthorityAndSignsForNoOther() throws Exception {
        var made = authority("own");
        Path own = directory.resolve("own");
        Path key = own.resolve(ClusterAuthority.KEY_FILE);
        Path certificate = own.resolve(ClusterAuthority.CERTIFICATE_FILE);
        Path away = directory.resolve("away.p12");
        // The key is kept elsewhere, as it should be.
        Files.move(key, away);
        assertThatThrownBy(made::make).isInstanceOf(NotMadeException.class).hasMessageContaining("nothing was changed");
        assertThat(key).doesNotExist();
        Files.copy(directory.resolve("ours").resolve(ClusterAuthority.KEY_FILE), key);
        assertThatThrownBy(() -> made.sign("n9", List.of(), 10)).hasMessageContaining("of another authority");
        Files.delete(certificate);
        assertThatThrownBy(() -> made.sign("n9", List.of(), 10)).hasMessageContaining("is missing");
        assertThatThrownBy(made::make).isInstanceOf(NotMadeException.class);
        assertThat(own.resolve("n9.pem")).doesNotExist();
        assertThat(certificate).doesNotExist();
    }

    @Test
    void letsNobodyInWithoutTls() {
        assertNoLink(node("n1", LinkSettings.of(n1)), node("n2", LinkSettings.withoutTls()));
    }

    @Test
    void doesNotListenWhenItsFilesCannotBeUsed() {
        var missing = new LinkTls(directory.resolve("none.pem"), directory.resolve("none.pem"), n1.authority());
        assertThatThrownBy(() -> new Node("n1", LinkSettings.of(missing))).hasStackTraceContaining("none.pem");
    }

    /** A node with nothing but its links, of no cluster yet. */
    private static final class Node implements NodeLinkListener, Belonging {
        private final List<String> opened = new CopyOnWriteArrayList<>();
        private final List<String> received = new CopyOnWriteArrayList<>();
        private final VertxLoops loops = new VertxLoops(1);
        private final NodeLinks links;

        Node(String nodeId, LinkSettings settings) {
            try {
                links = NodeLinks.start(
                                loops.vertx(),
                                loops.loop(0),
                                new NodeIdentity("test", nodeId, UUID.randomUUID(), new NodeAddress("127.0.0.1", 0)),
                                settings.withTimes(50, 1_000, 1_000),
                                this,
                                this)
                        .await();
            } catch (RuntimeException | Error failed) {
                loops.close();
                throw failed;
            }
        }

        @Override
        public @Nullable UUID clusterId() {
            return null;
        }

        @Override
        public void onGreeted(NodeIdentity node, @Nullable UUID clusterId) {}

        @Override
        public void onForeign(String nodeId) {}

        NodeLink connect(Node other) {
            return on(() -> links.connect(
                    other.links.identity().nodeId(), other.links.identity().address()));
        }

        /** How often it did not get through. */
        long failures(NodeLink link) {
            return on(() -> link.statistics().failures());
        }

        <T> T on(Callable<T> task) {
            var done = new CompletableFuture<T>();
            loops.loop(0).context().runOnContext(turn -> {
                try {
                    done.complete(task.call());
                } catch (Throwable failed) {
                    done.completeExceptionally(failed);
                }
            });
            return done.join();
        }

        void close() {
            links.close().await();
            loops.close();
        }

        @Override
        public void onLinkOpen(NodeLink link, NodeIdentity peer) {
            opened.add(peer.nodeId());
        }

        @Override
        public void onLinkLost(NodeLink link, String reason) {
            opened.remove(link.nodeId());
        }

        @Override
        public void onLinkWritable(NodeLink link) {
            // There is always room here.
        }

        @Override
        public void onMessage(NodeIdentity from, LinkChannel channel, ByteBuffer payload) {
            received.add(from.nodeId() + " " + payload.remaining());
        }
    }
}
