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

    /** Room for more than two hundred shards. */
    static final int FILE_BYTES = 16 * Blocks.BLOCK_BYTES;

    /**
     * What a file says.
     *
     * @param number how many times promises were written: the newer file has the greater one
     */
    private record Written(long number, Map<Integer, HardState> promises) {}

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
     * Reads both files, and makes both say the newer of what they say.
     *
     * @param mayBegin whether the journal is one that has promised nothing yet, so that there need be no files
     * @throws PromisesLostException neither can be read, or they belong to another journal
     */
    static PromiseFiles open(FileLayer files, UUID journalId, boolean mayBegin) throws IOException {
        Written newest = null;
        boolean complete = true;
        boolean nothingSafe = false;
        for (String name : NAMES) {
            ByteBuffer content = read(files, name);
            Written found = content == null ? null : parse(content, journalId, name);
            // A promise is made when both files have it: one that was never written tells that none was.
            nothingSafe |= content == null ? mayBegin : found == null && Blocks.isZero(content, 0, content.limit());
            complete &= found != null && (newest == null || found.number() == newest.number());
            newest = newest == null || (found != null && found.number() > newest.number()) ? found : newest;
        }
        if (newest == null && !nothingSafe) {
            throw new PromisesLostException("neither of " + NAMES + " tells what the journal "
                    + journalId + " has promised to other nodes: it cannot take part any more. Empty its directory, and"
                    + " the node will be given all from the others");
        }
        var opened = new PromiseFiles(files, journalId, newest == null ? new Written(0, Map.of()) : newest);
        if (!complete) {
            opened.createMissing();
            opened.write(opened.last.promises());
        }
        return opened;
    }

    private static @Nullable ByteBuffer read(FileLayer files, String name) throws IOException {
        if (!files.names().contains(name)) {
            return null;
        }
        ByteBuffer content = ByteBuffer.allocate(FILE_BYTES);
        try (JournalFile file = files.openForReading(name)) {
            file.read(content, 0);
        }
        return content.flip();
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
            if (!Blocks.isZero(content, 0, content.limit())) {
                LOG.warn("{} is torn or damaged, the other one counts: {}", name, e.getMessage());
            }
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
        for (String name : NAMES) {
            if (!files.names().contains(name)) {
                files.createZeroed(name, FILE_BYTES);
            }
        }
        files.syncDirectory();
    }

    /** The last that were written; none of shards that have promised nothing. */
    Map<Integer, HardState> promises() {
        return last.promises();
    }

    /** Writes the promises of all shards. They are on stable storage, twice, when the call returns. */
    void write(Map<Integer, HardState> promises) throws IOException {
        var next = new Written(last.number() + 1, Map.copyOf(promises));
        ByteBuffer bytes = encode(next);
        for (String name : NAMES) {
            block.clear();
            block.put(bytes.duplicate());
            while (block.hasRemaining()) {
                block.put((byte) 0);
            }
            try (JournalFile file = files.openForWriting(name)) {
                file.writeDurably(block.flip(), 0);
            }
        }
        last = next;
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
