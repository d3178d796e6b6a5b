package dev.godwit.jms;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A port that leads to a broker's, until the test cuts what goes through it: neither end hears why. For any thread. */
final class CuttableWire implements AutoCloseable {
    private final ServerSocket server;
    private final int brokerPort;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean down;

    CuttableWire(int brokerPort) throws IOException {
        this.brokerPort = brokerPort;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("wire", this::accept);
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException cut) {
                        // That is what it is for.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    /** How many connections went through it so far. */
    int connections() {
        return connections.get();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            if (down) {
                client.close();
                continue;
            }
            Socket broker = new Socket(InetAddress.getLoopbackAddress(), brokerPort);
            client.setTcpNoDelay(true);
            client.setSoLinger(true, 0);
            broker.setSoLinger(true, 0);
            broker.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(broker);
            connections.incrementAndGet();
            start("wire in", () -> pump(client, broker));
            start("wire out", () -> pump(broker, client));
        }
    }

    private static void pump(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] some = new byte[16 * 1024];
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                out.write(some, 0, count);
            }
        }
    }

    /** Cuts what goes through it. */
    void cut() throws IOException {
        List<Socket> all = List.copyOf(sockets);
        sockets.removeAll(all);
        for (Socket socket : all) {
            socket.close();
        }
    }

    /** Cuts it, and lets nobody through. */
    void tearDown() throws IOException {
        down = true;
        cut();
    }

    /** Lets everybody through again. */
    void mend() {
        down = false;
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
