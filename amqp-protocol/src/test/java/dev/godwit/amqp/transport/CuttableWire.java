package dev.godwit.amqp.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A port that leads to a server's, until the test cuts what goes through it, stops it, or changes a bit: neither end hears
 * why. For any thread.
 */
public final class CuttableWire implements AutoCloseable {
    private static final int PUMPS_MAX = 1_000;

    private final ServerSocket server;
    private final int targetPort;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicBoolean flip = new AtomicBoolean();
    private final AtomicReference<Cut> toCut = new AtomicReference<>();

    /** The server's ends of connections of which it does not know that they were cut. */
    private final Set<Socket> kept = ConcurrentHashMap.newKeySet();

    /** Taken by a pump for as long as it moves some bytes; by the test for as long as nothing shall move. */
    private final Semaphore moving = new Semaphore(PUMPS_MAX, true);

    private volatile boolean down;

    public CuttableWire(int targetPort) throws IOException {
        this.targetPort = targetPort;
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

    public int port() {
        return server.getLocalPort();
    }

    /** How many connections went through it so far. */
    public int connections() {
        return connections.get();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            if (down) {
                client.close();
                continue;
            }
            Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
            client.setTcpNoDelay(true);
            client.setSoLinger(true, 0);
            target.setSoLinger(true, 0);
            target.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(target);
            connections.incrementAndGet();
            start("wire in", () -> pump(client, target, true));
            start("wire out", () -> pump(target, client, false));
        }
    }

    private void pump(Socket from, Socket to, boolean toServer) throws IOException {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] some = new byte[16 * 1024];
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                if (toServer && count > 0 && flip.getAndSet(false)) {
                    some[count - 1] ^= 1;
                }
                moving.acquireUninterruptibly();
                try {
                    Cut cut = toCut.get();
                    int allowed = cut == null || cut.toServer != toServer ? count : cut.take(count);
                    out.write(some, 0, allowed);
                    if (cut != null && allowed < count && toCut.compareAndSet(cut, null)) {
                        Socket server = toServer ? to : from;
                        Socket client = toServer ? from : to;
                        if (cut.serverKeeps) {
                            kept.add(server);
                        }
                        client.close();
                        return;
                    }
                } finally {
                    moving.release();
                }
            }
        } finally {
            close(from);
            close(to);
        }
    }

    /** The server's end stays when it is not to know that the client is gone. */
    private void close(Socket socket) throws IOException {
        if (!kept.contains(socket)) {
            socket.close();
        }
    }

    /** What ends the connection over which the first byte after so many goes. */
    private static final class Cut {
        private final boolean toServer;
        private final boolean serverKeeps;
        private int left;

        private Cut(boolean toServer, boolean serverKeeps, int left) {
            this.toServer = toServer;
            this.serverKeeps = serverKeeps;
            this.left = left;
        }

        private int take(int count) {
            int taken = Math.min(count, left);
            left -= taken;
            return taken;
        }
    }

    /**
     * So many bytes go through yet in one direction, from now on, and none after them: there the connection is cut.
     *
     * @param toServer the direction
     * @param serverKeeps whether the server does not hear of it, as when a cable is pulled
     */
    public void cutAfter(int bytes, boolean toServer, boolean serverKeeps) {
        toCut.set(new Cut(toServer, serverKeeps, bytes));
    }

    /** False when the cut that was asked for last has happened. */
    public boolean isYetToCut() {
        return toCut.get() != null;
    }

    /** Cuts what goes through it. */
    public void cut() throws IOException {
        List<Socket> all = List.copyOf(sockets);
        sockets.removeAll(all);
        for (Socket socket : all) {
            socket.close();
        }
    }

    /** Cuts it, and lets nobody through. */
    public void tearDown() throws IOException {
        down = true;
        cut();
    }

    /** Lets everybody through again. */
    public void mend() {
        down = false;
    }

    /** Nothing moves any more, in either direction; the connections stay, and new ones can be made, as with a stopped process. */
    public void stop() {
        moving.acquireUninterruptibly(PUMPS_MAX);
    }

    /** All goes on where it stopped. */
    public void goOn() {
        moving.release(PUMPS_MAX);
    }

    /** Changes a bit of what goes to the server next. */
    public void flipBit() {
        flip.set(true);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : kept) {
            socket.close();
        }
        cut();
    }
}
