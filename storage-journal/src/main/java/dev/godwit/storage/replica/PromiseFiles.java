package dev.godwit.storage.replica;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SectionReader;
import dev.godwit.storage.format.SectionType;
import dev.godwit.storage.format.SectionWriter;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.JournalFile;
import dev.godwit.storage.segment.PromiseFileNames;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all shards of a node have promised, in two files beside the log (docs/journal-format.md). Both say the same: each is
 * written whole and synced, one after the other, and only then is a promise made. So neither a torn write nor damage to one of
 * them makes the node forget. They have their room on the disk from the beginning. Each call blocks; used by one thread at a
 * time.
 */
final class PromiseFiles {
    private static final Logger LOG = LoggerFactory.getLogger(PromiseFiles.class);
    private static final long MAGIC = 0x474F445749545052L; // GODWITPR
    private static final int FORMAT_VERSION = 1;
    private static final int REPAIRING = 1;
    private static final int HAS_VOTE = 2;
    private static final List<String> NAMES = PromiseFileNames.ALL;

    /** Room for what {@link Promises} takes. */
    static final int FILE_BYTES = 16 * Blocks.BLOCK_BYTES;

    /**
     * What a file says.
     *
     * @param number how many times promises were written: the newer file has the greater one
     */
    private record Written(long number, Map<Integer, HardState> promises) {}

    /** What was found of a file; {@code written} only of one that verifies. */
    private record Content(State state, @Nullable Written written) {
        enum State {
            /** Never made, or deleted. */
            ABSENT,
            /** Nothing in it, and not all of its room. */
            SHORT,
            /** Made, and not written. */
            ZEROS,
            /** It does not verify, or cannot be read. */
            DAMAGED,
            /** It verifies. */
            WRITTEN
        }

        boolean holdsNothing() {
            return state == State.ABSENT || state == State.SHORT || state == State.ZEROS;
        }
    }

    /** Of both files; the newest is null when neither was ever written. */
    private record Found(List<Content> contents, @Nullable Written newest) {}

    private final FileLayer files;
    private final UUID journalId;
    private final ByteBuffer block;
    private Written last;

    private PromiseFiles(FileLayer files, UUID journalId, Written last) {
        this.files = files;
        this.journalId = journalId;
        this.last = last;
        int alignment = Math.max(files.alignmentBytes(), Blocks.BLOCK_BYTES);
        block = ByteBuffer.allocateDirect(FILE_BYTES + alignment)
                .alignedSlice(alignment)
                .slice(0, FILE_BYTES);
    }

    /**
     * Reads both files, and makes both say the newer of what they say. What says that already is not written again: it may be
     * the only one there is.
     *
     * @param mayBegin whether the journal is one that has promised nothing yet, so that there need be no files
     * @throws PromisesLostException neither can be read, or they belong to another journal
     */
    static PromiseFiles open(FileLayer files, UUID journalId, boolean mayBegin) throws IOException {
        Found found = find(files, journalId, mayBegin);
        Written newest = found.newest();
        var opened = new PromiseFiles(files, journalId, newest == null ? new Written(0, Map.of()) : newest);
        opened.createMissing();
        if (newest == null) {
            opened.write(Map.of());
        } else {
            opened.repair(found.contents(), newest.number());
        }
        return opened;
    }

    /** What was promised, by shard, as {@link #open} finds it; nothing is changed. */
    static Map<Integer, HardState> look(FileLayer files, UUID journalId, boolean mayBegin) throws IOException {
        Written newest = find(files, journalId, mayBegin).newest();
        return newest == null ? Map.of() : newest.promises();
    }

    private static Found find(FileLayer files, UUID journalId, boolean mayBegin) throws IOException {
        Written newest = null;
        List<Content> contents = new ArrayList<>();
        for (String name : NAMES) {
            Content content = read(files, journalId, name);
            contents.add(content);
            Written found = content.written();
            newest = newest == null || (found != null && found.number() > newest.number()) ? found : newest;
        }
        if (newest == null && !(mayBegin && isBeforeFirstPromise(contents.get(0), contents.get(1)))) {
            throw new PromisesLostException("neither of " + NAMES + " tells what the journal "
                    + journalId + " has promised to other nodes: it cannot take part any more. Empty its directory, and"
                    + " the node will be given all from the others");
        }
        return new Found(contents, newest);
    }

    /**
     * The second file is begun when the first is on stable storage, and both are made before either is written. So the second
     * one tells whether there was a promise; that it is too short tells only that it was being made, when the first holds nothing.
     */
    private static boolean isBeforeFirstPromise(Content first, Content second) {
        return second.state() == Content.State.ZEROS || (first.holdsNothing() && second.holdsNothing());
    }

    private static Content read(FileLayer files, UUID journalId, String name) throws IOException {
        if (!files.names().contains(name)) {
            return new Content(Content.State.ABSENT, null);
        }
        ByteBuffer bytes = ByteBuffer.allocate(FILE_BYTES);
        try (JournalFile file = files.openForReading(name)) {
            file.read(bytes, 0);
        } catch (IOException e) {
            LOG.warn("{} cannot be read, the other one counts", name, e);
            return new Content(Content.State.DAMAGED, null);
        }
        bytes.flip();
        if (Blocks.isZero(bytes, 0, bytes.limit())) {
            return new Content(bytes.limit() == FILE_BYTES ? Content.State.ZEROS : Content.State.SHORT, null);
        }
        Written written = parse(bytes, journalId, name);
        return new Content(written == null ? Content.State.DAMAGED : Content.State.WRITTEN, written);
    }

    /** Null when the file was not written whole, or is damaged. */
    private static @Nullable Written parse(ByteBuffer content, UUID journalId, String name)
            throws PromisesLostException {
        try {
            long bytes = SectionReader.bytesOf(content);
            if (bytes == 0 || bytes > content.limit()) {
                throw DamagedFormatException.damaged("it has no beginning");
            }
            var section = new SectionReader(journalId, 0);
            section.show(content.duplicate(), Math.toIntExact(bytes));
            if (section.type() != SectionType.PROMISES || section.getLong() != MAGIC) {
                throw DamagedFormatException.damaged("it holds no promises");
            }
            int version = section.getInt();
            if (version != FORMAT_VERSION) {
                throw new PromisesLostException(name + " has the unknown format version " + version);
            }
            long number = section.getLong();
            var promises = new TreeMap<Integer, HardState>();
            for (int left = section.getInt(); left > 0; left--) {
                promises.put(section.getInt(), promise(section));
            }
            return new Written(number, promises);
        } catch (DamagedFormatException | BufferUnderflowException | IllegalArgumentException e) {
            LOG.warn("{} is torn or damaged, the other one counts: {}", name, e.getMessage());
            return null;
        }
    }

    private static HardState promise(SectionReader section) {
        long epoch = section.getLong();
        long starts = section.getLong();
        int flags = section.getByte();
        ReplicaId vote = (flags & HAS_VOTE) == 0
                ? null
                : new ReplicaId(section.getText(), new UUID(section.getLong(), section.getLong()));
        return new HardState(epoch, vote, starts, (flags & REPAIRING) != 0);
    }

    private void createMissing() throws IOException {
        if (files.names().containsAll(NAMES)) {
            return;
        }
        for (String name : NAMES) {
            if (!files.names().contains(name)) {
                files.createZeroed(name, FILE_BYTES);
            }
        }
        files.syncDirectory();
    }

    /** Writes what the newest file says to the one that does not say it, when the newest is on stable storage for certain. */
    private void repair(List<Content> contents, long number) throws IOException {
        var missing = new ArrayList<String>();
        for (int i = 0; i < NAMES.size(); i++) {
            Written found = contents.get(i).written();
            if (found == null || found.number() != number) {
                missing.add(NAMES.get(i));
                continue;
            }
            try (JournalFile file = files.openForWriting(NAMES.get(i))) {
                // The process may have ended while it wrote.
                file.sync();
            }
        }
        write(encode(last), missing);
    }

    /** The last that were written; none of shards that have promised nothing. */
    Map<Integer, HardState> promises() {
        return last.promises();
    }

    /** Writes the promises of all shards. They are on stable storage, twice, when the call returns. */
    void write(Map<Integer, HardState> promises) throws IOException {
        var next = new Written(last.number() + 1, Map.copyOf(promises));
        write(encode(next), NAMES);
        last = next;
    }

    private void write(ByteBuffer bytes, List<String> names) throws IOException {
        for (String name : names) {
            block.clear();
            block.put(bytes.duplicate());
            while (block.hasRemaining()) {
                block.put((byte) 0);
            }
            try (JournalFile file = files.openForWriting(name)) {
                file.writeDurably(block.flip(), 0);
            }
        }
    }

    private ByteBuffer encode(Written written) {
        var to = new SectionWriter(journalId, 0);
        to.begin(SectionType.PROMISES);
        to.putLong(MAGIC).putInt(FORMAT_VERSION).putLong(written.number());
        to.putInt(written.promises().size());
        new TreeMap<>(written.promises()).forEach((shard, state) -> {
            ReplicaId vote = state.vote();
            to.putInt(shard).putLong(state.epoch()).putLong(state.starts());
            to.putByte((state.repairing() ? REPAIRING : 0) | (vote == null ? 0 : HAS_VOTE));
            if (vote != null) {
                to.putText(vote.nodeId())
                        .putLong(vote.journalId().getMostSignificantBits())
                        .putLong(vote.journalId().getLeastSignificantBits());
            }
        });
        to.end();
        if (to.bytes() > FILE_BYTES) {
            throw new IllegalStateException(
                    "the promises of " + written.promises().size() + " shards take " + to.bytes()
                            + " bytes, and there is room for " + FILE_BYTES);
        }
        return to.take();
    }
}
