package dev.godwit.broker.cluster.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.godwit.broker.cluster.link.RecordedFrames.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames: what is cut up is joined again, and what is broken is found out, whatever came. */
class FrameTest {
    private static final int FRAME_BYTES_MAX = 1_024;
    private static final int MESSAGE_BYTES_MAX = 20_000;
    private static final int PARTIAL_BYTES_MAX = 40_000;
    private static final LinkChannel SHARD_7 = new LinkChannel(LinkChannel.Kind.REPLICATION, 7);
    private static final LinkChannel CONTROL = new LinkChannel(LinkChannel.Kind.CONTROL, 0);

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final LinkCounters counters = new LinkCounters();
    private final PartialMessages partial = new PartialMessages(allocator, MESSAGE_BYTES_MAX, PARTIAL_BYTES_MAX);
    private final RecordedFrames heard = new RecordedFrames();
    private final FrameReader reader = new FrameReader(FRAME_BYTES_MAX, partial, counters, heard);
    private final SendQueue queue = queue();
    private final FrameBytes wire = new FrameBytes(Unpooled.buffer());

    private static SendQueue queue() {
        var queue = new SendQueue(FRAME_BYTES_MAX, 10_000_000);
        queue.limit(FRAME_BYTES_MAX, PARTIAL_BYTES_MAX);
        return queue;
    }

    @AfterEach
    void holdsNothingInTheEnd() {
        partial.release();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(partial.chargedBytes()).isZero();
    }

    private static ByteBuf bytes(int size, int value) {
        var bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return Unpooled.wrappedBuffer(bytes);
    }

    private void send(int frames) {
        queue.writeTo(wire.withRoom(frames));
    }

    @Test
    void looksAsTheFormatSays() {
        queue.add(SHARD_7, Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        send(1);
        // Another checksum means that older nodes do not understand newer ones: change the version then.
        assertThat(ByteBufUtil.hexDump(wire.bytes))
                .isEqualTo("00000003" + "ac1f42d5" + "01010100" + "00000007" + "00000003" + "010203");
    }

    @Test
    void joinsWhatWasCutUp() throws LinkViolation {
        queue.add(SHARD_7, bytes(10_000, 7));
        send(Integer.MAX_VALUE);
        reader.read(wire.bytes);
        assertThat(heard.messages).containsExactly(new Message(SHARD_7, "07".repeat(10_000)));
        assertThat(counters.statistics("n", true, 0).framesReceived()).isEqualTo(10);
        assertThat(queue.bytes()).isZero();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void letsUrgentMessagesOvertakeALargeOne() throws LinkViolation {
        queue.add(SHARD_7, bytes(10_000, 7));
        send(1);
        queue.addUrgent(SHARD_7, bytes(10, 1));
        queue.addUrgent(CONTROL, bytes(10, 2));
        send(2);
        reader.read(wire.bytes);
        assertThat(heard.messages)
                .containsExactly(new Message(SHARD_7, "01".repeat(10)), new Message(CONTROL, "02".repeat(10)));
        send(Integer.MAX_VALUE);
        reader.read(wire.bytes);
        assertThat(heard.messages).hasSize(3);
    }

    @Test
    void givesEachChannelItsTurn() throws LinkViolation {
        queue.add(SHARD_7, bytes(10_000, 7));
        queue.add(CONTROL, bytes(10, 1));
        send(2);
        reader.read(wire.bytes);
        assertThat(heard.messages).containsExactly(new Message(CONTROL, "01".repeat(10)));
        send(Integer.MAX_VALUE);
        reader.read(wire.bytes);
        assertThat(heard.messages).hasSize(2);
    }

    @Test
    void beginsNoMoreThanThePeerHolds() throws LinkViolation {
        for (int shard = 0; shard < 10; shard++) {
            queue.add(new LinkChannel(LinkChannel.Kind.REPLICATION, shard), bytes(15_000, shard));
        }
        // The reader would throw, if more than two were begun at once.
        for (int frame = 0; !queue.isEmpty(); frame++) {
            send(1);
            reader.read(wire.bytes);
            assertThat(partial.chargedBytes()).isLessThanOrEqualTo(PARTIAL_BYTES_MAX);
            assertThat(frame).isLessThan(1_000);
        }
        assertThat(heard.messages).hasSize(10);
    }

    @Test
    void takesNoMoreThanThereIsRoomFor() {
        var small = new SendQueue(FRAME_BYTES_MAX, 2_000);
        assertThat(small.add(SHARD_7, bytes(1_500, 1))).isTrue();
        ByteBuf refused = bytes(1_000, 2);
        assertThat(small.add(CONTROL, refused)).isFalse();
        assertThat(refused.refCnt()).isEqualTo(1);
        // What is urgent has room of its own, and that ends, too.
        int urgent = 0;
        while (small.addUrgent(CONTROL, bytes(1_000, 3))) {
            urgent++;
        }
        assertThat(urgent).isBetween(900, 1_100);
        assertThat(small.clear()).isEqualTo(urgent + 1);
        assertThat(small.isEmpty()).isTrue();
        assertThat(small.add(CONTROL, bytes(1_000, 2))).isTrue();
        assertThat(small.clear()).isEqualTo(1);
    }

    @Test
    void keepsOrderOnEachChannel() throws LinkViolation {
        long seed = Long.getLong("godwit.link.seed", System.nanoTime());
        System.out.println("godwit.link.seed=" + seed);
        var random = new Random(seed);
        Map<LinkChannel, List<String>> sent = new HashMap<>();
        for (int round = 0; round < 2_000; round++) {
            var channel = new LinkChannel(LinkChannel.Kind.REPLICATION, random.nextInt(5));
            ByteBuf bytes = randomBytes(random);
            sent.computeIfAbsent(channel, each -> new ArrayList<>()).add(RecordedFrames.text(bytes));
            queue.add(channel, bytes);
            send(random.nextInt(12));
            readInPieces(random);
        }
        send(Integer.MAX_VALUE);
        reader.read(wire.bytes);
        Map<LinkChannel, List<String>> came = new HashMap<>();
        heard.messages.forEach(each ->
                came.computeIfAbsent(each.channel(), any -> new ArrayList<>()).add(each.bytes()));
        assertThat(came).isEqualTo(sent);
        assertThat(queue.bytes()).isZero();
    }

    /** Any size, also none, one more and one less than a frame. */
    private static ByteBuf randomBytes(Random random) {
        int size =
                switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(50);
                    case 1 -> FRAME_BYTES_MAX - 1 + random.nextInt(3);
                    case 2 -> 2 * FRAME_BYTES_MAX;
                    default -> random.nextInt(MESSAGE_BYTES_MAX);
                };
        var bytes = new byte[size];
        random.nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    private void readInPieces(Random random) throws LinkViolation {
        ByteBuf piece = wire.bytes.slice(wire.bytes.readerIndex(), random.nextInt(wire.bytes.readableBytes() + 1));
        reader.read(piece);
        wire.bytes.skipBytes(piece.readerIndex());
        wire.bytes.discardReadBytes();
    }

    @Test
    void givesNobodyWhatNobodySent() {
        long seed = Long.getLong("godwit.link.seed", System.nanoTime());
        System.out.println("godwit.link.seed=" + seed);
        var random = new Random(seed);
        int broken = 0;
        for (int run = 0; run < Integer.getInteger("godwit.fuzz.cases", 2_000); run++) {
            broken += brokenConversation(random) ? 1 : 0;
        }
        assertThat(broken).isPositive();
    }

    /** Some messages, and then something happens to their bytes; whether that was found out. */
    private boolean brokenConversation(Random random) {
        var sending = queue();
        var sink = new FrameBytes(Unpooled.buffer());
        List<Message> sent = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            var channel = new LinkChannel(LinkChannel.Kind.FORWARD, i % 2);
            ByteBuf drawn = randomBytes(random);
            ByteBuf bytes = drawn.isReadable() ? drawn : bytes(1, i);
            // None is like another: one that comes twice is seen.
            bytes.setByte(0, i);
            sent.add(new Message(channel, RecordedFrames.text(bytes)));
            sending.add(channel, bytes);
        }
        sending.writeTo(sink.withRoom(Integer.MAX_VALUE));
        breakSomething(random, sink.bytes);
        var received = new RecordedFrames();
        var held = new PartialMessages(allocator, MESSAGE_BYTES_MAX, PARTIAL_BYTES_MAX);
        boolean found = false;
        try {
            new FrameReader(FRAME_BYTES_MAX, held, counters, received).read(sink.bytes);
        } catch (LinkViolation violation) {
            found = true;
            assertThat(violation.reason()).isNotEmpty();
        } finally {
            held.release();
        }
        assertThat(sent).containsAll(received.messages);
        assertThat(received.messages).doesNotHaveDuplicates();
        return found;
    }

    private static void breakSomething(Random random, ByteBuf bytes) {
        int at = random.nextInt(bytes.readableBytes());
        switch (random.nextInt(5)) {
            case 0 -> bytes.setByte(at, bytes.getByte(at) ^ 1 << random.nextInt(8));
            case 1 -> bytes.writerIndex(at);
            case 2 -> bytes.readerIndex(at);
            case 3 -> bytes.setInt(Math.min(at, bytes.writerIndex() - 4), random.nextInt());
            default -> bytes.setInt(0, Integer.MAX_VALUE - random.nextInt(1_000));
        }
    }

    @Test
    void findsEachFlippedBit() {
        queue.add(SHARD_7, bytes(40, 9));
        send(1);
        for (int bit = 0; bit < 8 * wire.bytes.readableBytes(); bit++) {
            ByteBuf changed = wire.bytes.copy();
            changed.setByte(bit / 8, changed.getByte(bit / 8) ^ 1 << bit % 8);
            // More bytes behind it: a length that has grown must not wait for ever.
            changed.writeZero(2 * FRAME_BYTES_MAX);
            assertThatExceptionOfType(LinkViolation.class).as("bit %d", bit).isThrownBy(() -> reader.read(changed));
        }
        assertThat(heard.messages).isEmpty();
    }

    @Test
    void allocatesNothingForWhatIsOnlyAnnounced() throws LinkViolation {
        var payload = bytes(FRAME_BYTES_MAX, 1);
        FrameCodec.writeHeader(wire.bytes, FrameType.DATA, FrameCodec.FIRST, 2, 0, MESSAGE_BYTES_MAX, payload);
        wire.bytes.writeBytes(payload);
        reader.read(wire.bytes);
        assertThat(allocator.metric().usedDirectMemory()).isLessThanOrEqualTo(4 * FRAME_BYTES_MAX);
        assertThat(partial.chargedBytes()).isEqualTo(PartialMessages.charge(MESSAGE_BYTES_MAX));
    }

    /** Each holds a buffer: the bytes that were announced alone say too little. */
    @Test
    void refusesManySmallMessagesThatDoNotEnd() {
        var part = bytes(1, 1);
        for (int channel = 0; channel < PARTIAL_BYTES_MAX / 100; channel++) {
            FrameCodec.writeHeader(wire.bytes, FrameType.DATA, FrameCodec.FIRST, 2, channel, 2, part);
            wire.bytes.writeBytes(part.slice());
        }
        assertThatExceptionOfType(LinkViolation.class)
                .isThrownBy(() -> reader.read(wire.bytes))
                .withMessageContaining("at once");
    }

    @Test
    void takesALargeMessageWhereOthersGoOnSending() {
        var small = new SendQueue(FRAME_BYTES_MAX, 10_000);
        small.limit(FRAME_BYTES_MAX, PARTIAL_BYTES_MAX);
        assertThat(small.add(CONTROL, bytes(2_000, 1))).isTrue();
        assertThat(small.add(SHARD_7, bytes(15_000, 2))).isTrue();
        ByteBuf refused = bytes(15_000, 3);
        assertThat(small.add(CONTROL, refused)).isFalse();
        refused.release();
        assertThat(small.clear()).isEqualTo(2);
    }

    @Test
    void cutsAsThePeerTakesIt() throws LinkViolation {
        var larger = new SendQueue(4 * FRAME_BYTES_MAX, 100_000);
        larger.limit(FRAME_BYTES_MAX, PARTIAL_BYTES_MAX);
        larger.add(SHARD_7, bytes(10_000, 7));
        larger.writeTo(wire.withRoom(Integer.MAX_VALUE));
        reader.read(wire.bytes);
        assertThat(heard.messages).containsExactly(new Message(SHARD_7, "07".repeat(10_000)));
    }

    @Test
    void letsAMessageOfOneFramePassThoseForWhichThePeerHasNoRoom() throws LinkViolation {
        var limited = new SendQueue(FRAME_BYTES_MAX, 100_000);
        limited.limit(FRAME_BYTES_MAX, MESSAGE_BYTES_MAX);
        limited.add(SHARD_7, bytes(MESSAGE_BYTES_MAX, 7));
        limited.writeTo(wire.withRoom(1));
        limited.add(CONTROL, bytes(FRAME_BYTES_MAX, 1));
        limited.writeTo(wire.withRoom(2));
        reader.read(wire.bytes);
        assertThat(heard.messages).hasSize(1);
        limited.writeTo(wire.withRoom(Integer.MAX_VALUE));
        reader.read(wire.bytes);
        assertThat(heard.messages).hasSize(2);
    }

    @Test
    void refusesWhatIsTooLarge() {
        FrameCodec.writeHeader(wire.bytes, FrameType.DATA, FrameCodec.FIRST, 2, 0, MESSAGE_BYTES_MAX + 1, bytes(10, 1));
        wire.bytes.writeBytes(bytes(10, 1));
        assertThatExceptionOfType(LinkViolation.class)
                .isThrownBy(() -> reader.read(wire.bytes))
                .withMessageContaining("a message of 20001 bytes");
    }
}
