package dev.godwit.benchmarks.restart;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts a broker and takes the time from there to its first delivery: asks for one message of a queue again and again,
 * until it comes. Prints the broker's process id, the seconds, and those of CPU that the broker took, and
 * leaves it running. Run by
 * {@code benchmarks/restart.sh}. Arguments: port, queue, file for what the broker says, seconds at most, then the command
 * that starts the broker, which has to become the broker.
 */
public final class RestartClock {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int COMMAND_FROM = 4;

    private RestartClock() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        String queue = args[1];
        var said = new File(args[2]);
        long timeoutSeconds = Long.parseLong(args[3]);
        List<String> command = Arrays.asList(args).subList(COMMAND_FROM, args.length);
        Process broker = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said)
                .start();
        long begin = System.nanoTime();
        Exception last = null;
        while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(timeoutSeconds)) {
            if (!broker.isAlive()) {
                System.err.println("the broker has ended with " + broker.exitValue() + "; see " + said);
                System.exit(1);
            }
            try {
                receive(port, queue, (int) TimeUnit.SECONDS.toMillis(timeoutSeconds));
                double seconds = (System.nanoTime() - begin) / 1e9;
                double cpuSeconds =
                        broker.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
                System.out.printf(Locale.ROOT, "%d %.3f %.2f%n", broker.pid(), seconds, cpuSeconds);
                return;
            } catch (IOException e) {
                last = e;
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
        broker.destroyForcibly();
        System.err.println("no message within " + timeoutSeconds + " s: " + last);
        System.exit(1);
    }

    private static void receive(int port, String queue, int timeoutMillis) throws IOException {
        try (var socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
            new AmqpFrames(socket.getInputStream(), socket.getOutputStream()).receiveOne(queue);
        }
    }
}
