package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.MemoryFileLayer;
import dev.godwit.storage.segment.PromiseFileNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class PromisesTest {
    private static final UUID JOURNAL = new UUID(3, 4);
    private static final ReplicaId OTHER = new ReplicaId("nöde-b", new UUID(5, 6));
    private static final HardState FIRST = new HardState(7, OTHER, 2, false);
    private static final HardState SECOND = new HardState(8, null, 3, true);

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<IOException> failures = new ArrayList<>();
    private final MemoryFileLayer files = new MemoryFileLayer();

    private Promises open(MemoryFileLayer on, boolean mayBegin) throws IOException {
        return Promises.open(on, JOURNAL, mayBegin, tasks::add, failures::add);
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private MemoryFileLayer withPromises() throws IOException {
        Promises promises = open(files, true);
        promises.write(1, FIRST, () -> {});
        promises.write(16, SECOND, () -> {});
        runTasks();
        return files;
    }

    @Test
    void knowsWhatItPromisedBeforeItStopped() throws Exception {
        assertThat(open(files, true).of(1)).isEqualTo(HardState.NEW);
        withPromises();
        Promises again = open(files, false);
        assertThat(again.of(1)).isEqualTo(FIRST);
        assertThat(again.of(16)).isEqualTo(SECOND);
        assertThat(again.of(2)).isEqualTo(HardState.NEW);
    }

    @Test
    void promisesWhenBothFilesHaveIt() throws Exception {
        Promises promises = open(files, true);
        List<String> order = new ArrayList<>();
        files.hook((name, position, bytes) -> order.add(name));
        promises.write(1, FIRST, () -> order.add("first"));
        promises.write(2, SECOND, () -> order.add("second"));
        assertThat(order).isEmpty();
        runTasks();
        assertThat(order).containsExactly("promises-1", "promises-2", "first", "second");
    }

    /** A disk that dies after any number of bytes written to either file leaves the promises from before, or the new ones. */
    @Test
    void forgetsNothingWhenItIsStoppedWhileItWrites() throws Exception {
        withPromises();
        HardState third = new HardState(9, OTHER, 4, false);
        for (String torn : PromiseFileNames.ALL) {
            for (int upTo = 0; upTo <= PromiseFiles.FILE_BYTES; upTo += upTo < 512 ? 1 : 512) {
                MemoryFileLayer disk = files.copy();
                Promises promises = open(disk, false);
                int length = upTo;
                AtomicInteger promised = new AtomicInteger();
                disk.hook((name, position, bytes) -> {
                    if (name.equals(torn)) {
                        bytes.get(disk.contentOf(name), position, length);
                        throw new IOException("torn");
                    }
                });
                promises.write(1, third, promised::incrementAndGet);
                runTasks();
                assertThat(promised).hasValue(0);
                assertThat(failures).hasSize(1);
                failures.clear();
                promises.write(1, SECOND, promised::incrementAndGet);
                runTasks();
                assertThat(promised).hasValue(0);

                Promises again = open(disk.copy(), false);
                assertThat(again.of(16)).isEqualTo(SECOND);
                if (torn.equals("promises-2")) {
                    assertThat(again.of(1)).isEqualTo(third);
                } else {
                    assertThat(again.of(1)).isIn(FIRST, third);
                }
            }
        }
    }

    @Test
    void forgetsNothingByDamageToOneFile() throws Exception {
        withPromises();
        for (String damaged : PromiseFileNames.ALL) {
            for (int at = 0; at < 100; at++) {
                MemoryFileLayer disk = files.copy();
                disk.contentOf(damaged)[at] ^= 0x10;
                assertThat(open(disk, false).of(1)).isEqualTo(FIRST);
                assertThat(Arrays.equals(disk.contentOf("promises-1"), disk.contentOf("promises-2")))
                        .isTrue();
            }
            MemoryFileLayer disk = files.copy();
            disk.delete(damaged);
            assertThat(open(disk, false).of(16)).isEqualTo(SECOND);
            assertThat(open(disk, false).of(16)).isEqualTo(SECOND);
        }
    }

    @Test
    void forgetsNothingWhenAFileCannotBeRead() throws Exception {
        withPromises();
        for (String name : PromiseFileNames.ALL) {
            files.unreadable(name);
            assertThat(open(files, false).of(1)).isEqualTo(FIRST);
            assertThat(open(files, false).of(16)).isEqualTo(SECOND);
        }
        MemoryFileLayer disk = files.copy();
        disk.put("promises-1", new byte[PromiseFiles.FILE_BYTES]);
        disk.unreadable("promises-2");
        assertThatThrownBy(() -> open(disk, true)).isInstanceOf(PromisesLostException.class);
    }

    /** What there is no room for is refused before it is taken: the promises of others go on. */
    @Test
    void hasRoomForAllThatItTakes() throws Exception {
        Promises promises = open(files, true);
        var widest = new ReplicaId("n".repeat(Promises.NODE_ID_BYTES_MAX), new UUID(5, 6));
        var state = new HardState(Long.MAX_VALUE, widest, Long.MAX_VALUE, true);
        AtomicInteger promised = new AtomicInteger();
        for (int shard = 0; shard < Promises.SHARDS_MAX; shard++) {
            promises.write(shard, state, promised::incrementAndGet);
        }
        assertThatThrownBy(() -> promises.write(Promises.SHARDS_MAX, FIRST, promised::incrementAndGet))
                .isInstanceOf(IllegalArgumentException.class);
        var wider = new HardState(1, new ReplicaId(widest.nodeId() + "ö", new UUID(5, 6)), 1, true);
        assertThatThrownBy(() -> promises.write(1, wider, promised::incrementAndGet))
                .isInstanceOf(IllegalArgumentException.class);
        runTasks();
        assertThat(failures).isEmpty();
        assertThat(promised).hasValue(Promises.SHARDS_MAX);
        assertThat(open(files, false).of(Promises.SHARDS_MAX - 1)).isEqualTo(state);
    }

    @Test
    void refusesToGoOnWhenNothingTellsWhatWasPromised() throws Exception {
        withPromises();
        MemoryFileLayer damaged = files.copy();
        for (String name : PromiseFileNames.ALL) {
            damaged.contentOf(name)[20] ^= 1;
        }
        assertThatThrownBy(() -> open(damaged, true)).isInstanceOf(PromisesLostException.class);

        MemoryFileLayer emptied = files.copy();
        for (String name : PromiseFileNames.ALL) {
            emptied.delete(name);
        }
        assertThatThrownBy(() -> open(emptied, false)).isInstanceOf(PromisesLostException.class);
        assertThat(open(emptied, true).of(1)).isEqualTo(HardState.NEW);
    }

    @Test
    void takesNoPromisesOfAnotherJournal() throws Exception {
        withPromises();
        assertThatThrownBy(() -> Promises.open(files, new UUID(3, 5), true, tasks::add, failures::add))
                .isInstanceOf(PromisesLostException.class);
    }

    /** Stopped while it wrote for the first time: nobody was promised anything. */
    @Test
    void beginsAgainWhenItsFirstWriteWasTorn() throws Exception {
        open(files, true);
        files.contentOf("promises-1")[30] ^= 1;
        files.put("promises-2", new byte[PromiseFiles.FILE_BYTES]);
        assertThatThrownBy(() -> open(files, false)).isInstanceOf(PromisesLostException.class);
        assertThat(open(files, true).of(1)).isEqualTo(HardState.NEW);
        assertThat(files.contentOf("promises-1")).isEqualTo(files.contentOf("promises-2"));
    }

    /** The files themselves were being made. */
    @Test
    void beginsAgainWhenAFileIsShort() throws Exception {
        files.put("promises-1", new byte[PromiseFiles.FILE_BYTES]);
        files.put("promises-2", new byte[4096]);
        assertThat(open(files, true).of(1)).isEqualTo(HardState.NEW);
        files.put("promises-2", new byte[0]);
        assertThat(open(files, false).of(1)).isEqualTo(HardState.NEW);
    }

    /** Nothing in the first file is damage when something is in the second, and a file that was cut off is none of zeros. */
    @Test
    void doesNotTakeDamageForANewBeginning() throws Exception {
        withPromises();
        for (byte[] nothing : List.of(new byte[0], new byte[PromiseFiles.FILE_BYTES])) {
            MemoryFileLayer disk = files.copy();
            disk.put("promises-1", nothing);
            disk.contentOf("promises-2")[20] ^= 1;
            for (boolean mayBegin : List.of(true, false)) {
                assertThatThrownBy(() -> open(disk, mayBegin)).isInstanceOf(PromisesLostException.class);
            }
        }
        MemoryFileLayer cutOff = files.copy();
        cutOff.contentOf("promises-1")[20] ^= 1;
        cutOff.put("promises-2", new byte[0]);
        for (boolean mayBegin : List.of(true, false)) {
            assertThatThrownBy(() -> open(cutOff, mayBegin)).isInstanceOf(PromisesLostException.class);
        }
    }

    /** The power fails while one file is written, and again while a start repairs that. */
    @Test
    void keepsTheOnlyGoodFileWhileItRepairsTheOther() throws Exception {
        withPromises();
        for (String torn : PromiseFileNames.ALL) {
            MemoryFileLayer disk = files.copy();
            disk.contentOf(torn)[20] ^= 1;
            List<String> written = new ArrayList<>();
            disk.hook((name, position, bytes) -> {
                written.add(name);
                bytes.get(disk.contentOf(name), position, 40);
                disk.contentOf(name)[30] ^= 1;
                throw new IOException("torn again");
            });
            assertThatThrownBy(() -> open(disk, false)).hasMessage("torn again");
            assertThat(written).containsExactly(torn);
            assertThat(open(disk.copy(), false).of(1)).isEqualTo(FIRST);
        }
    }

    @Test
    void readsAndWritesWhatVersion1Wrote() throws Exception {
        MemoryFileLayer written = withPromises().copy();
        for (String name : PromiseFileNames.ALL) {
            Path golden = Path.of(
                    Objects.requireNonNull(PromisesTest.class.getResource("/golden/promises-format-1/" + name + ".gz"))
                            .toURI());
            try (var in = new GZIPInputStream(Files.newInputStream(golden))) {
                files.put(name, in.readAllBytes());
                assertThat(written.contentOf(name)).isEqualTo(files.contentOf(name));
            }
        }
        Promises promises = open(files, false);
        assertThat(Map.of(1, promises.of(1), 16, promises.of(16))).isEqualTo(Map.of(1, FIRST, 16, SECOND));
    }

    /** Wrote the golden files, once. Argument: the directory. */
    public static void main(String[] args) throws IOException {
        var test = new PromisesTest();
        MemoryFileLayer written = test.withPromises();
        for (String name : PromiseFileNames.ALL) {
            try (var out = new GZIPOutputStream(Files.newOutputStream(Path.of(args[0], name + ".gz")))) {
                out.write(written.contentOf(name));
            }
        }
    }
}
