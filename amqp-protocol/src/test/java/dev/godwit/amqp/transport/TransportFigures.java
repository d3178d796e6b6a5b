package dev.godwit.amqp.transport;

import com.sun.management.ThreadMXBean;
import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/**
 * Prints what a 1 KiB message costs from our sender to our receiver over 127.0.0.1, each on its own loop: throughput,
 * and CPU and bytes allocated per message at both ends. A program to run by hand, not a test.
 */
final class TransportFigures {
    private static final int CREDIT = 1_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private TransportFigures() {}

    public static void main(String[] arguments) throws Exception {
        int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int bytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_024;
        for (int round = 0; round < 4; round++) {
            run(messages, bytes, true);
            run(messages, bytes, false);
        }
        System.exit(0);
    }

    private static void run(int messages, int bytes, boolean settled) throws Exception {
        var done = new CountDownLatch(1);
        try (var loopback = new Loopback()) {
            loopback.container.prepare = server -> {
                server.creditForSenders = CREDIT;
                server.keepsDeliveries = false;
                var counts = new int[2];
                server.onMessage = delivery -> {
                    delivery.settle(Outcome.Accepted.INSTANCE);
                    if (++counts[0] % (CREDIT / 2) == 0) {
                        delivery.link().addCredit(CREDIT / 2);
                    }
                    if (counts[0] == messages) {
                        done.countDown();
                    }
                };
            };
            loopback.client.keepsDeliveries = false;
            var connection = loopback.connect();
            var session = loopback.onClient(() -> connection.begin(loopback.client));
            var head = ByteBuffer.allocate(24);
            var rest = ByteBuffer.allocateDirect(bytes - 24);
            var sent = new int[1];
            loopback.client.onRoom = link -> {
                while (sent[0] < messages && link.credit() > 0 && link.isWritable()) {
                    link.send(head, rest, settled, null);
                    sent[0]++;
                }
            };
            long[] clientBefore = loopback.onClient(TransportFigures::cost);
            long[] serverBefore = loopback.onServer(TransportFigures::cost);
            long start = System.nanoTime();
            loopback.runOnClient(() -> session.attachSender(
                    AttachParameters.of("link", Source.at(null), Target.at("queue")), loopback.client));
            done.await();
            long nanos = System.nanoTime() - start;
            long[] clientAfter = loopback.onClient(TransportFigures::cost);
            long[] serverAfter = loopback.onServer(TransportFigures::cost);
            System.out.printf(
                    "%,d x %d B %s: %,d msg/s; sender %.2f us CPU, %d B; receiver %.2f us CPU, %d B%n",
                    messages,
                    bytes,
                    settled ? "presettled" : "unsettled ",
                    messages * 1_000_000_000L / nanos,
                    (clientAfter[0] - clientBefore[0]) / 1_000.0 / messages,
                    (clientAfter[1] - clientBefore[1]) / messages,
                    (serverAfter[0] - serverBefore[0]) / 1_000.0 / messages,
                    (serverAfter[1] - serverBefore[1]) / messages);
        }
    }

    private static long[] cost() {
        return new long[] {
            THREADS.getCurrentThreadCpuTime(),
            THREADS.getThreadAllocatedBytes(Thread.currentThread().getId())
        };
    }
}
