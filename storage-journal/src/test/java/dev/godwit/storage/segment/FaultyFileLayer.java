package dev.godwit.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows what of it is on stable storage. It stops in the midst of any operation, by a kill of the
 * process, a power cut or an error; it becomes full; it says yes after an error with the data gone, as real ones do.
 * Used by one thread.
 */
final class FaultyFileLayer extends MemoryFileLayer {
    private static final int SECTOR_BYTES = 512;

    /** How an operation ends that is not to succeed. */
    enum Fault {
        /** The process is killed: what was written stays in the page cache, synced or not. */
        KILL,
        /** The power is cut: of what was not synced, any sectors and names may be there. */
        POWER_CUT,
        /** The operation fails, and all later ones seem to succeed. Not one of a checkpoint's: it is done without. */
        ERROR
    }

    /** The process or its disk is gone. */
    static final class Stopped extends IOException {
        private static final long serialVersionUID = 1L;

        Stopped(Fault fault) {
            super("Input/output error (" + fault + ")");
        }
    }

    private interface Naming {
        void applyTo(Map<String, byte[]> names);
    }

    private final Random random;
    private final IdentityHashMap<byte[], byte[]> durable = new IdentityHashMap<>();
    /** Where a file grew: its bytes before, and after. */
    private final IdentityHashMap<byte[], byte[]> grown = new IdentityHashMap<>();

    private final Map<String, byte[]> durableNames = new TreeMap<>();
    private final List<Naming> unsyncedNamings = new ArrayList<>();

    private long operations;
    private long faultAt = Long.MAX_VALUE;
    private Fault fault = Fault.POWER_CUT;
    private boolean stopped;
    private boolean checkpointNamed;
    private int writesAfterError;

    FaultyFileLayer(Random random) {
        this.random = random;
    }

    /** The operation that many from now on, and none after it, ends in {@code how}. */
    void failAfter(long operationsFromNow, Fault how) {
        faultAt = operations + operationsFromNow;
        fault = how;
    }

    /** Writes to segments that came after an operation had failed. */
    int writesAfterError() {
        return writesAfterError;
    }

    /** The disk as the next process finds it, after the fault that there was; without one, after a power cut now. */
    FaultyFileLayer next() throws IOException {
        return fault == Fault.KILL ? afterKill() : afterPowerCut();
    }

    private FaultyFileLayer afterKill() {
        var next = new FaultyFileLayer(random);
        var copies = new IdentityHashMap<byte[], byte[]>();
        durable.forEach((cached, synced) -> {
            var copy = cached.clone();
            copies.put(cached, copy);
            next.durable.put(copy, synced.clone());
        });
        for (String name : names()) {
            next.put(name, Objects.requireNonNull(copies.get(contentOf(name))));
        }
        durableNames.forEach(
                (name, cached) -> next.durableNames.put(name, Objects.requireNonNull(copies.get(latest(cached)))));
        // What the last process did to names, the page cache has: it is one naming that may or may not survive.
        var all = new TreeMap<String, byte[]>();
        next.names().forEach(name -> all.put(name, next.contentOf(name)));
        next.unsyncedNamings.add(names -> {
            names.clear();
            names.putAll(all);
        });
        return next;
    }

    private FaultyFileLayer afterPowerCut() {
        var next = new FaultyFileLayer(random);
        for (Naming naming : unsyncedNamings) {
            if (random.nextBoolean()) {
                naming.applyTo(durableNames);
            }
        }
        durableNames.forEach((name, known) -> {
            byte[] cached = latest(known);
            byte[] left = left(cached, durableOf(cached));
            next.put(name, left);
            next.durable.put(left, left.clone());
            next.durableNames.put(name, left);
        });
        return next;
    }

    private byte[] durableOf(byte[] cached) {
        return Objects.requireNonNull(durable.get(cached));
    }

    private byte[] latest(byte[] content) {
        byte[] latest = content;
        for (byte @Nullable [] after = content; after != null; after = grown.get(after)) {
            latest = after;
        }
        return latest;
    }

    /** What of a file a power cut leaves: it may have grown by less than what was written to it, and by zeros. */
    private byte[] left(byte[] cached, byte[] synced) {
        byte[] left = Arrays.copyOf(synced, synced.length + random.nextInt(cached.length - synced.length + 1));
        for (int at = 0; at < left.length; at += SECTOR_BYTES) {
            int length = Math.min(SECTOR_BYTES, left.length - at);
            if (!Arrays.equals(cached, at, at + length, left, at, at + length) && random.nextBoolean()) {
                System.arraycopy(cached, at, left, at, length);
            }
        }
        return left;
    }

    /** True when the operation is to be done in part, and then to end in {@link #stop}. */
    private boolean isFaulty() throws IOException {
        return isFaulty(false);
    }

    private boolean isFaulty(boolean ofCheckpoint) throws IOException {
        operations++;
        if (ofCheckpoint && !stopped && fault == Fault.ERROR) {
            faultAt = Math.max(faultAt, operations + 1);
        }
        if (stopped && fault != Fault.ERROR) {
            throw new Stopped(fault);
        }
        return !stopped && operations >= faultAt;
    }

    private Stopped stop() {
        stopped = true;
        return new Stopped(fault);
    }

    @Override
    public void createZeroed(String name, long bytes) throws IOException {
        boolean faulty = isFaulty();
        super.createZeroed(name, bytes);
        byte[] content = contentOf(name);
        durable.put(content, new byte[content.length]);
        unsyncedNamings.add(names -> names.put(name, content));
        if (faulty) {
            throw stop();
        }
    }

    @Override
    public GrowingFile create(String name) throws IOException {
        boolean faulty = isFaulty(true);
        byte[] empty = new byte[0];
        put(name, empty);
        durable.put(empty, empty.clone());
        unsyncedNamings.add(names -> names.put(name, empty));
        if (faulty) {
            throw stop();
        }
        return new FaultyGrowingFile(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        checkpointNamed = from.startsWith("checkpoint");
        boolean faulty = isFaulty(checkpointNamed);
        byte[] content = contentOf(from);
        if (!faulty || random.nextBoolean()) {
            super.rename(from, to);
            unsyncedNamings.add(names -> {
                names.remove(from);
                names.put(to, content);
            });
        }
        if (faulty) {
            throw stop();
        }
    }

    @Override
    public void delete(String name) throws IOException {
        checkpointNamed = name.startsWith("checkpoint");
        boolean faulty = isFaulty(checkpointNamed);
        if (!faulty || random.nextBoolean()) {
            super.delete(name);
            unsyncedNamings.add(names -> names.remove(name));
        }
        if (faulty) {
            throw stop();
        }
    }

    @Override
    public void syncDirectory() throws IOException {
        if (isFaulty(checkpointNamed)) {
            throw stop();
        }
        if (!stopped) {
            unsyncedNamings.forEach(naming -> naming.applyTo(durableNames));
            unsyncedNamings.clear();
        }
    }

    @Override
    public JournalFile openForWriting(String name) throws IOException {
        return new FaultyFile(super.openForWriting(name), contentOf(name));
    }

    private final class FaultyGrowingFile implements GrowingFile {
        private final String name;

        FaultyGrowingFile(String name) {
            this.name = name;
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            boolean faulty = isFaulty(true);
            byte[] before = contentOf(name);
            int length = faulty ? random.nextInt(bytes.remaining() + 1) : bytes.remaining();
            byte[] after = Arrays.copyOf(before, before.length + length);
            bytes.get(after, before.length, length);
            put(name, after);
            durable.put(after, durableOf(before));
            grown.put(before, after);
            if (faulty) {
                throw stop();
            }
        }

        @Override
        public void sync() throws IOException {
            if (isFaulty(true)) {
                throw stop();
            }
            if (!stopped) {
                byte[] content = contentOf(name);
                durable.put(content, content.clone());
            }
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    private final class FaultyFile implements JournalFile {
        private final JournalFile file;
        private final byte[] cached;

        FaultyFile(JournalFile file, byte[] cached) {
            this.file = file;
            this.cached = cached;
        }

        @Override
        public void writeDurably(ByteBuffer buffer, long position) throws IOException {
            int at = Math.toIntExact(position);
            int length = buffer.remaining();
            if (isFaulty()) {
                writeSome(buffer, at);
                throw stop();
            }
            if (stopped) {
                writesAfterError++;
            }
            file.writeDurably(buffer, position);
            if (!stopped) {
                System.arraycopy(cached, at, durableOf(cached), at, length);
            }
        }

        /** All of it, its beginning, or any of its sectors. */
        private void writeSome(ByteBuffer buffer, int position) {
            int sectors = buffer.remaining() / SECTOR_BYTES;
            int kind = random.nextInt(3);
            int upTo = kind == 1 ? random.nextInt(sectors + 1) : sectors;
            for (int sector = 0; sector < upTo; sector++) {
                if (kind < 2 || random.nextBoolean()) {
                    int at = sector * SECTOR_BYTES;
                    buffer.get(buffer.position() + at, cached, position + at, SECTOR_BYTES);
                }
            }
        }

        @Override
        public void sync() throws IOException {
            if (isFaulty()) {
                throw stop();
            }
            if (!stopped) {
                System.arraycopy(cached, 0, durableOf(cached), 0, cached.length);
            }
        }

        @Override
        public long bytes() throws IOException {
            return file.bytes();
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            file.read(buffer, position);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
