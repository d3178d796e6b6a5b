package dev.godwit.storage.replica;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.FileLayer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Keeps the promises of all shards of a node: epochs and votes, which no damage to the log may reach. Elections are rare, and
 * shards that elect at the same time share a write. Shards' loops ask, the executor writes, one task at a time: it owns the
 * files from {@link #open} on.
 */
public final class Promises {
    /** Shards are numbered from 0 to below this. */
    public static final int SHARDS_MAX = 200;

    /** The longest name of a node that is voted for, in UTF-8. */
    public static final int NODE_ID_BYTES_MAX = 255;

    private record Asked(int shard, HardState state, Runnable whenDurable) {}

    private final PromiseFiles files;
    private final Executor writing;
    private final Consumer<IOException> onFailure;
    private final Map<Integer, HardState> found;
    private final ConcurrentLinkedQueue<Asked> asked = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean called = new AtomicBoolean();

    /** Of the executor. */
    private final Map<Integer, HardState> current;

    private boolean failed;

    private Promises(PromiseFiles files, Executor writing, Consumer<IOException> onFailure) {
        this.files = files;
        this.writing = writing;
        this.onFailure = onFailure;
        found = Map.copyOf(files.promises());
        current = new HashMap<>(found);
    }

    /**
     * Reads what was promised. Blocks.
     *
     * @param journalId of the journal in the same directory: promises of another one do not count
     * @param mayBegin whether that journal has no entries of majorities: it is opened for them after this, so that there may be no
     *     promises only before
     * @param writing runs one task at a time, in order, and may block
     * @param onFailure told on the executor, once, when a file operation failed: nothing is promised any more, and the node
     *     has to end, for what the disk holds is not known
     * @throws PromisesLostException nothing tells what was promised
     */
    public static Promises open(
            FileLayer files, UUID journalId, boolean mayBegin, Executor writing, Consumer<IOException> onFailure)
            throws IOException {
        return new Promises(PromiseFiles.open(files, journalId, mayBegin), writing, onFailure);
    }

    /** What the shard had promised when this was opened. */
    public HardState of(int shard) {
        return found.getOrDefault(shard, HardState.NEW);
    }

    /**
     * Any thread: keeps a promise in the place of the shard's last one. Of one shard, calls come from one thread at a time.
     *
     * @param whenDurable called on the executor when it is on stable storage; never after a failure
     * @throws IllegalArgumentException there is no room for it: the shard's number is not below {@link #SHARDS_MAX}, or the name
     *     of who has the vote is longer than {@link #NODE_ID_BYTES_MAX}; nothing has changed
     */
    public void write(int shard, HardState state, Runnable whenDurable) {
        if (shard < 0 || shard >= SHARDS_MAX) {
            throw new IllegalArgumentException("shard " + shard + " of at most " + SHARDS_MAX);
        }
        ReplicaId vote = state.vote();
        if (vote != null && vote.nodeId().getBytes(UTF_8).length > NODE_ID_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "the name of the node voted for is longer than " + NODE_ID_BYTES_MAX + " bytes");
        }
        asked.add(new Asked(shard, state, whenDurable));
        if (!called.getAndSet(true)) {
            writing.execute(this::writeAsked);
        }
    }

    private void writeAsked() {
        called.set(false);
        List<Asked> together = new ArrayList<>();
        for (Asked next = asked.poll(); next != null; next = asked.poll()) {
            together.add(next);
            current.put(next.shard(), next.state());
        }
        if (failed || together.isEmpty()) {
            return;
        }
        try {
            files.write(current);
        } catch (IOException | RuntimeException e) {
            failed = true;
            onFailure.accept(new IOException("what was promised could not be written", e));
            return;
        }
        together.forEach(each -> each.whenDurable().run());
    }
}
