package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.filter.CodeBlock;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written down of what messages in long lines say, and what a start makes of it. */
class IndexNotesTest {
    private static final int PIECE = CodeBlock.LENGTH;
    private static final AddressSettings INDEXED =
            AddressSettings.NONE.with(AddressSetting.INDEXED_PROPERTIES, List.of("n", "stock"));

    private final QueueBench bench = new QueueBench(0, INDEXED);

    private static Interest wanting(String selector) {
        return new Interest(QueueBench.selector(selector), false);
    }

    private List<IndexNoteCodec.Decoded> notes() {
        var notes = new ArrayList<IndexNoteCodec.Decoded>();
        bench.log.notes().forEach((index, record) -> notes.add(IndexNoteCodec.decode(index, record.note())));
        return notes;
    }

    @Test
    void aStartReadsOnlyTheNewestOfALongLine() {
        bench.sendMany(20 * PIECE, 4);
        bench.settle();
        assertThat(notes().stream().map(IndexNoteCodec.Decoded::size))
                .containsExactlyInAnyOrder(8 * PIECE, 8 * PIECE, PIECE, PIECE);

        bench.restart(INDEXED);
        bench.settle();
        assertThat(bench.log.messagesRead).isEqualTo(2 * PIECE);
        var taker = bench.new Taker(wanting("n = 20479"), 1);
        assertThat(taker.numbers).containsExactly(20 * PIECE - 1);
        var middle = bench.new Taker(wanting("stock = 20 AND n BETWEEN 5000 AND 5100"), 10);
        assertThat(middle.numbers).containsExactly(5_002, 5_055);
        assertThat(bench.log.messagesRead).isEqualTo(2 * PIECE + 3);
    }

    @Test
    void whatIsConsumedBeforeLongIsInNoNote() {
        var taker = bench.new Taker(Interest.ALL, 100_000);
        for (int i = 0; i < 10; i++) {
            bench.sendMany(PIECE, 4);
            taker.consumeAll();
            bench.settle();
        }
        assertThat(bench.log.records).noneMatch(QueueNoted.class::isInstance);
    }

    @Test
    void aNoteGoesWithTheLastOfItsMessages() {
        bench.sendMany(5 * PIECE, 4);
        bench.settle();
        assertThat(notes()).hasSize(3);
        var taker = bench.new Taker(Interest.ALL, PIECE - 1);
        taker.consumeAll();
        bench.settle();
        assertThat(notes()).hasSize(3);
        taker.move(1);
        bench.settle();
        taker.consumeAll();
        bench.settle();
        assertThat(notes()).hasSize(2);
        taker.move(5 * PIECE);
        bench.settle();
        taker.consumeAll();
        bench.settle();
        assertThat(notes()).isEmpty();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void otherNamesLeaveNothingOfTheOldOnes() {
        bench.sendMany(5 * PIECE, 4);
        bench.settle();
        var others = AddressSettings.NONE.with(AddressSetting.INDEXED_PROPERTIES, List.of("third"));
        bench.loop.run(() -> bench.queue.apply(others));
        bench.settle();
        assertThat(notes()).hasSize(3).allSatisfy(note -> assertThat(note.names())
                .containsExactly("third"));

        bench.restart(AddressSettings.NONE);
        bench.settle();
        assertThat(notes()).isEmpty();
        assertThat(bench.log.messagesRead).isZero();
    }

    @Test
    void aQueueThatIsDeletedTakesItsNotesAlong() {
        bench.sendMany(5 * PIECE, 4);
        bench.settle();
        bench.loop.run(() -> bench.queue.delete());
        bench.settle();
        assertThat(notes()).isEmpty();
    }

    @Test
    void theLeftoversOfADeletedQueueIncludeItsNotes() {
        var stored = new StoredMessages();
        bench.sendMany(4 * PIECE, 4);
        bench.settle();
        bench.log.notes().forEach((index, record) -> stored.note(index, record.note()));
        stored.add(1, 4, QueueEntry.NEVER_EXPIRES, 0);
        var indices = new long[10];
        assertThat(stored.takeIndices(indices)).isEqualTo(1 + notes().size());
        assertThat(stored.takeIndices(indices)).isZero();
    }

    @Test
    void aNoteThatIsLostCostsReadingAndNothingElse() {
        bench.sendMany(9 * PIECE, 4);
        bench.settle();
        bench.log.notes().remove(notes().get(3).index());
        bench.restart(INDEXED);
        bench.settle();
        assertThat(bench.log.messagesRead).isEqualTo(3 * PIECE);
        assertThat(notes()).hasSize(7);
        var taker = bench.new Taker(wanting("n = 3500"), 1);
        assertThat(taker.numbers).containsExactly(3_500);
    }

    @Test
    void whatIsLeftOfManyNotesIsWrittenAnewInFewer() {
        bench.sendMany(40 * PIECE, 4);
        bench.settle();
        var most = bench.new Taker(wanting("stock <> 7"), 100_000);
        var multiples = bench.new Taker(wanting("stock IS NULL"), 100_000);
        most.consumeAll();
        multiples.consumeAll();
        bench.settle();
        long left = bench.statistics().ready();
        assertThat(left).isBetween(500L, 700L);
        assertThat(notes()).hasSize(10);
        bench.restart(INDEXED);
        bench.settle();
        assertThat(notes()).isEmpty();
        assertThat(bench.log.messagesRead).isLessThan(60);
        var rest = bench.new Taker(wanting("stock = 7"), 100_000);
        assertThat(rest.numbers).hasSize((int) left).isSorted();
    }

    @Test
    void aFullJournalTakesTheNotesLater() {
        bench.sendMany(3 * PIECE, 4);
        bench.settle();
        int before = notes().size();
        for (int i = 0; i < PIECE; i++) {
            bench.sendOne(4, true, EnqueueReply.NOBODY);
        }
        bench.log.full = true;
        bench.loop.run(bench.log::commitAll);
        bench.loop.advance(100);
        assertThat(notes()).hasSize(before);
        bench.log.full = false;
        bench.loop.advance(100);
        bench.settle();
        assertThat(notes()).hasSize(before + 1);
    }

    /** Against the plainest thing that can be said: after each start those are found that are there. Prints its seed. */
    @Test
    void findsAfterAnyNumberOfStartsWhatIsThere() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("notes of an index: seed " + seed);
        var random = new Random(seed);
        var there = new HashSet<Integer>();
        for (int round = 0; round < 12; round++) {
            int count = random.nextInt(6 * PIECE);
            for (int i = 0; i < count; i++) {
                there.add(bench.sendOne(random.nextInt(4) == 0 ? random.nextInt(10) : 4, true, EnqueueReply.NOBODY));
            }
            bench.loop.run(bench.log::commitAll);
            if (random.nextBoolean()) {
                bench.settle();
            }
            if (random.nextBoolean()) {
                bench.restart(INDEXED);
            }
            int from = random.nextInt(Math.max(1, bench.nextNumber()));
            int to = from + random.nextInt(3 * PIECE);
            var some = bench.new Taker(wanting("n BETWEEN " + from + " AND " + to), 100_000);
            assertThat(some.numbers)
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            there.stream().filter(n -> n >= from && n <= to).toList());
            if (random.nextInt(3) > 0) {
                there.removeAll(new HashSet<>(some.numbers));
                some.consumeAll();
            }
            some.leave();
            int stock = random.nextInt(53);
            var browser = bench.new Taker(new Interest(QueueBench.selector("stock = " + stock), true), 100_000);
            assertThat(browser.numbers)
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(there.stream()
                            .filter(n -> Integer.valueOf(stock).equals(QueueBench.stock(n)))
                            .toList());
            browser.leave();
        }
        var all = bench.new Taker(Interest.ALL, 1_000_000);
        bench.settle();
        assertThat(all.numbers).as("seed %d", seed).hasSize(there.size());
        all.consumeAll();
        bench.settle();
        assertThat(notes()).as("seed %d", seed).isEmpty();
        assertThat(bench.log.live()).isEmpty();
        all.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).as("seed %d", seed).isZero();
    }

    @Test
    void aNoteIsReadAsItWasWritten() {
        var codes = new CodeBlock(2);
        codes.restore(0, 5, 17, 3);
        codes.restore(1, 5, -4, CodeBlock.NO_NUMBER);
        codes.restore(0, 1_000, 99, -8);
        codes.restore(1, 1_000, 5, CodeBlock.NO_NUMBER);
        var note = IndexNoteCodec.encode(
                3,
                List.of("a", "größe"),
                List.of(new CodeBlock(2), codes),
                new long[] {IndexNoteCodec.key(7, 1, 1_000), IndexNoteCodec.key(1L << 47, 1, 5)},
                2);
        var read = IndexNoteCodec.decode(12, note);
        assertThat(read.index()).isEqualTo(12);
        assertThat(read.lane()).isEqualTo(3);
        assertThat(read.names()).containsExactly("a", "größe");
        assertThat(read.size()).isEqualTo(2);
        assertThat(read.messageIndex(0)).isEqualTo(7);
        assertThat(read.messageIndex(1)).isEqualTo(1L << 47);
        var restored = new CodeBlock(2);
        read.restore(0, restored, 1_000);
        read.restore(1, restored, 5);
        for (int place : new int[] {1_000, 5}) {
            for (int column = 0; column < 2; column++) {
                assertThat(restored.hash(column, place)).isEqualTo(codes.hash(column, place));
                assertThat(restored.order(column, place)).isEqualTo(codes.order(column, place));
            }
        }
        assertThat(restored.hash(0, 5)).isEqualTo(17);
        assertThat(restored.hasNumbers(1)).isFalse();
    }

    /** Such are on disks: see docs/journal-format.md. */
    @Test
    void aNoteHasTheBytesThatItAlwaysHad() {
        var codes = new CodeBlock(2);
        codes.restore(0, 0, 0x09C3_6FA8, CodeBlock.NO_NUMBER);
        codes.restore(1, 0, 0xA3AA_2B3A, 0x40A0_0000);
        var note = IndexNoteCodec.encode(
                5, List.of("a", "b"), List.of(codes), new long[] {IndexNoteCodec.key(300, 0, 0)}, 1);
        var bytes = new byte[note.remaining()];
        note.get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("02" + "05" + "02" + "000161" + "000162" + "00000001" + "ac02" + "00" + "09c36fa8" + "01"
                        + "a3aa2b3a" + "40a00000");
    }

    /** What is cut off or changed is refused or read as something, and nothing else happens. */
    @Test
    void aDamagedNoteIsRefused() {
        var codes = new CodeBlock(1);
        codes.restore(0, 0, 17, 3);
        var note = IndexNoteCodec.encode(3, List.of("a"), List.of(codes), new long[] {IndexNoteCodec.key(7, 0, 0)}, 1);
        for (int length = 0; length < note.remaining(); length++) {
            var cut = note.duplicate().limit(length);
            assertThatThrownBy(() -> IndexNoteCodec.decode(1, cut)).isInstanceOf(IllegalArgumentException.class);
        }
        byte[] bytes = new byte[note.remaining()];
        note.duplicate().get(bytes);
        for (int at : new int[] {0, 1, 2, 6, 9}) {
            var changed = bytes.clone();
            changed[at] = (byte) 0xFF;
            assertThatThrownBy(() -> IndexNoteCodec.decode(1, ByteBuffer.wrap(changed)))
                    .as("byte %d", at)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
