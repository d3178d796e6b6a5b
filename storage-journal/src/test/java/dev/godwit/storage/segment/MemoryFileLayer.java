package dev.godwit.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory: it can be copied as it is at any moment, damaged, made slow, and made to fail. What changes it waits
 * while a copy is made, as a copy that had an older file as it was before, and a newer one as it was after, would be a
 * disk that no crash leaves.
 */
@NullMarked
public class MemoryFileLayer implements FileLayer {
    /** Sees each batch before it is written; what it throws, the disk throws. */
    public interface WriteHook {
        void onWrite(String name, int position, ByteBuffer bytes) throws IOException;
    }

    /** Held for each change, and for a copy. */
    private final Object changes = new Object();

    private final Map<String, byte[]> contents = new ConcurrentSkipListMap<>();
    private volatile long capacityBytes = Long.MAX_VALUE;
    private final AtomicInteger filesCreated = new AtomicInteger();
    private volatile WriteHook hook = (name, position, bytes) -> {};
    private volatile @Nullable String unreadable;

    /** No file can be made that would bring all of them above this. */
    public void capacity(long bytes) {
        capacityBytes = bytes;
    }

    public void hook(WriteHook newHook) {
        hook = newHook;
    }

    /** Reading the file fails, until it was written. */
    public void unreadable(String name) {
        unreadable = name;
    }

    /** Files that were filled with zeros. */
    int filesCreated() {
        return filesCreated.get();
    }

    /** The bytes themselves. */
    public byte[] contentOf(String name) {
        byte[] content = contents.get(name);
        if (content == null) {
            throw new NoSuchElementException(name);
        }
        return content;
    }

    public void put(String name, byte[] content) {
        synchronized (changes) {
            contents.put(name, content);
        }
    }

    /** As after a crash at this moment. */
    public MemoryFileLayer copy() {
        var copy = new MemoryFileLayer();
        synchronized (changes) {
            contents.forEach((name, content) -> copy.put(name, content.clone()));
        }
        return copy;
    }

    /** The same, so that the whole log must be read. */
    public MemoryFileLayer copyWithoutCheckpoints() {
        MemoryFileLayer copy = copy();
        copy.contents.keySet().removeIf(name -> CheckpointFiles.sequenceOf(name) != null);
        return copy;
    }

    /** A file may have been renamed since it was opened. */
    private String nameOf(byte[] content) {
        return contents.entrySet().stream()
                .filter(entry -> entry.getValue() == content)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** Segment files, oldest first. */
    public List<String> segmentNames() {
        return contents.keySet().stream()
                .filter(name -> Segment.generationOf(name) != null)
                .toList();
    }

    @Override
    public int alignmentBytes() {
        return 512;
    }

    @Override
    public List<String> names() {
        return new ArrayList<>(contents.keySet());
    }

    @Override
    public long usableBytes() {
        if (capacityBytes == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        long used =
                contents.values().stream().mapToLong(content -> content.length).sum();
        return Math.max(0, capacityBytes - used);
    }

    @Override
    public void createZeroed(String name, long bytes) throws IOException {
        if (usableBytes() < bytes) {
            throw new DiskFullException("No space left on device");
        }
        put(name, new byte[Math.toIntExact(bytes)]);
        filesCreated.incrementAndGet();
    }

    @Override
    public GrowingFile create(String name) throws IOException {
        put(name, new byte[0]);
        return new GrowingFile() {
            @Override
            public void append(ByteBuffer bytes) throws IOException {
                byte[] before = contentOf(name);
                byte[] after = Arrays.copyOf(before, before.length + bytes.remaining());
                bytes.get(after, before.length, bytes.remaining());
                put(name, after);
            }

            @Override
            public void sync() {
                // Each byte is safe at once here.
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }

    @Override
    public JournalFile openForWriting(String name) throws IOException {
        return new MemoryFile(name, contentOf(name));
    }

    @Override
    public JournalFile openForReading(String name) throws IOException {
        byte[] content = contents.get(name);
        if (content == null) {
            throw new NoSuchFileException(name);
        }
        return new MemoryFile(name, content);
    }

    @Override
    public JournalFile openForFetching(String name) throws IOException {
        return openForReading(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        synchronized (changes) {
            byte[] content = contents.remove(from);
            if (content == null) {
                throw new NoSuchElementException(from);
            }
            contents.put(to, content);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        synchronized (changes) {
            contents.remove(name);
        }
    }

    @Override
    public void syncDirectory() throws IOException {
        // Names are safe at once here.
    }

    private final class MemoryFile implements JournalFile {
        private final String name;
        private byte @Nullable [] content;

        MemoryFile(String name, byte[] content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public long bytes() throws IOException {
            return content().length;
        }

        @Override
        public void writeDurably(ByteBuffer buffer, long position) throws IOException {
            hook.onWrite(nameOf(content()), Math.toIntExact(position), buffer.duplicate());
            int end = Math.toIntExact(position + buffer.remaining());
            synchronized (changes) {
                if (end > content().length) {
                    String known = nameOf(content());
                    content = Arrays.copyOf(content(), end);
                    put(known, content());
                }
                buffer.get(content(), Math.toIntExact(position), buffer.remaining());
            }
            if (name.equals(unreadable)) {
                unreadable = null;
            }
        }

        @Override
        public void sync() {
            // Each write is durable.
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            if (name.equals(unreadable)) {
                throw new IOException("Input/output error");
            }
            int length = (int) Math.max(0, Math.min(buffer.remaining(), content().length - position));
            buffer.put(content(), (int) Math.min(position, content().length), length);
        }

        private byte[] content() throws IOException {
            byte[] open = content;
            if (open == null) {
                throw new IOException(name + " is closed");
            }
            return open;
        }

        @Override
        public void close() {
            content = null;
        }
    }
}
