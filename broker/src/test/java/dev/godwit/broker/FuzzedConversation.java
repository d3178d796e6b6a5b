package dev.godwit.broker;

import dev.godwit.amqp.message.AmqpEncoder;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Makes up what a client might say, from a conversation that is all right, by changes at four levels: frames are dropped,
 * doubled, moved, sent on other channels; performatives get other descriptors, or more fields or fewer; fields get other
 * values and other types; bytes are flipped. Owned by one test.
 */
final class FuzzedConversation {
    private static final byte[] SASL_HEADER = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
    private static final long OPEN = 0x10;
    private static final long BEGIN = 0x11;
    private static final long ATTACH = 0x12;
    private static final long FLOW = 0x13;
    private static final long TRANSFER = 0x14;
    private static final long DISPOSITION = 0x15;
    private static final long DETACH = 0x16;
    private static final long END = 0x17;
    private static final long CLOSE = 0x18;
    private static final long SASL_INIT = 0x41;

    private static final int QUEUES = 20;

    /** Open, begin, and three attaches. */
    private static final int FRAMES_BEFORE_CREDIT = 5;

    /** A frame before it is encoded. */
    private static final class Frame {
        final int type;
        final int channel;
        final @Nullable Object performative;
        final byte[] payload;

        Frame(int type, int channel, @Nullable Object performative, byte[] payload) {
            this.type = type;
            this.channel = channel;
            this.performative = performative;
            this.payload = payload;
        }

        Frame withPerformative(@Nullable Object other) {
            return new Frame(type, channel, other, payload);
        }
    }

    private final Random random;

    FuzzedConversation(Random random) {
        this.random = random;
    }

    /** The bytes that a client sends, from its first to its last: up to the attaches, and when it has credit. */
    List<byte[]> next(int number) {
        var handshake = new ArrayList<Frame>();
        handshake.add(amqp(SASL_INIT, Symbol.of("ANONYMOUS")));
        var frames = conversation("fuzz." + number % QUEUES, number);
        boolean early = random.nextInt(12) == 0;
        if (early) {
            change(handshake);
        } else {
            for (int changes = 1 + random.nextInt(3); changes > 0 && !frames.isEmpty(); changes--) {
                change(frames);
            }
        }
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(SASL_HEADER);
        handshake.forEach(frame -> bytes.writeBytes(encode(new Frame(1, 0, frame.performative, frame.payload))));
        bytes.writeBytes(AMQP_HEADER);
        var encoded = frames.stream().map(this::encode).toList();
        int flipped = random.nextInt(4) == 0 && !encoded.isEmpty() ? random.nextInt(encoded.size()) : -1;
        var later = new ByteArrayOutputStream();
        for (int i = 0; i < encoded.size(); i++) {
            var to = i < FRAMES_BEFORE_CREDIT ? bytes : later;
            to.writeBytes(i == flipped ? flipped(encoded.get(i)) : encoded.get(i));
        }
        return List.of(bytes.toByteArray(), later.toByteArray());
    }

    /** A conversation that is all right, and does something to queues: PURGE empties them, DELETE removes them. */
    List<byte[]> managing(String operation, List<String> queues) {
        var frames = new ArrayList<Frame>();
        frames.add(amqp(OPEN, "purge", "127.0.0.1"));
        frames.add(amqp(BEGIN, null, uint(0), uint(1_000), uint(1_000)));
        frames.add(attach("ask", 0, false, "$management"));
        int before = frames.size();
        for (int i = 0; i < queues.size(); i++) {
            var request = AmqpMessage.builder(MessageBody.Value.NULL)
                    .applicationProperty("operation", operation)
                    .applicationProperty("type", "dev.godwit.queue")
                    .applicationProperty("name", queues.get(i))
                    .build();
            frames.add(transfer(0, i, false, bytes(request)));
        }
        frames.add(amqp(CLOSE));
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(SASL_HEADER);
        bytes.writeBytes(encode(new Frame(1, 0, performative(SASL_INIT, Symbol.of("ANONYMOUS")), new byte[0])));
        bytes.writeBytes(AMQP_HEADER);
        var later = new ByteArrayOutputStream();
        for (int i = 0; i < frames.size(); i++) {
            (i < before ? bytes : later).writeBytes(encode(frames.get(i)));
        }
        return List.of(bytes.toByteArray(), later.toByteArray());
    }

    private static byte[] bytes(AmqpMessage message) {
        var encoded = message.encode();
        var bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static Frame amqp(long code, @Nullable Object... fields) {
        return new Frame(0, 0, performative(code, fields), new byte[0]);
    }

    private static DescribedValue performative(long code, @Nullable Object... fields) {
        return new DescribedValue(new UnsignedLong(code), Collections.unmodifiableList(Arrays.asList(fields)));
    }

    private static UnsignedInteger uint(int value) {
        return new UnsignedInteger(value);
    }

    private static DescribedValue state(long code, @Nullable Object... fields) {
        return performative(code, fields);
    }

    /** All right from beginning to end. */
    private List<Frame> conversation(String queue, int number) {
        var frames = new ArrayList<Frame>();
        frames.add(amqp(OPEN, "fuzz-" + number, "127.0.0.1", uint(65_536), new UnsignedShort((short) 10)));
        frames.add(amqp(BEGIN, null, uint(0), uint(1_000), uint(1_000), uint(10)));
        frames.add(attach("out", 0, false, queue));
        frames.add(attach("in", 1, true, queue));
        frames.add(attach("ask", 2, false, "$management"));
        frames.add(amqp(FLOW, uint(0), uint(1_000), uint(0), uint(1_000), uint(1), uint(0), uint(10), null, false));
        var message = message(false);
        frames.add(transfer(0, 0, false, message));
        frames.add(transfer(0, 1, true, Arrays.copyOf(message, message.length / 2)));
        frames.add(new Frame(
                0,
                0,
                performative(TRANSFER, uint(0)),
                Arrays.copyOfRange(message, message.length / 2, message.length)));
        frames.add(transfer(2, 2, false, message(true)));
        frames.add(new Frame(0, 0, null, new byte[0]));
        frames.add(amqp(DISPOSITION, true, uint(0), uint(0), true, state(0x24)));
        frames.add(amqp(
                DISPOSITION,
                true,
                uint(1),
                uint(3),
                true,
                state(0x27, true, false, Map.of(Symbol.of("x-opt-fuzz"), number))));
        frames.add(
                amqp(FLOW, uint(0), uint(1_000), uint(3), uint(1_000), uint(1), uint(0), uint(20), null, true, true));
        frames.add(amqp(DETACH, uint(0), false));
        frames.add(attach("out", 0, false, queue));
        frames.add(amqp(DETACH, uint(1), true));
        frames.add(amqp(END));
        frames.add(amqp(CLOSE));
        return frames;
    }

    private static Frame attach(String name, int handle, boolean receiver, String address) {
        var source = state(0x28, address, uint(0), Symbol.of("session-end"), uint(0), false);
        var target = state(0x29, address, uint(0), Symbol.of("session-end"), uint(0), false);
        return amqp(
                ATTACH,
                name,
                uint(handle),
                receiver,
                new UnsignedByte((byte) 2),
                new UnsignedByte((byte) 0),
                source,
                target,
                null,
                null,
                receiver ? null : uint(0));
    }

    private static Frame transfer(int handle, int id, boolean more, byte[] payload) {
        var tag = Binary.copyOf(new byte[] {(byte) id});
        return new Frame(0, 0, performative(TRANSFER, uint(handle), uint(id), tag, uint(0), id == 2, more), payload);
    }

    private byte[] message(boolean request) {
        var builder = AmqpMessage.builder(new MessageBody.Value(request ? Map.of() : "body " + random.nextInt()))
                .header(new Header(random.nextBoolean(), 4, random.nextInt(4) == 0 ? 1_000 : -1, false, 0))
                .messageAnnotation(Symbol.of("x-opt-mine"), List.of(1, "two"))
                .applicationProperty("operation", request ? "QUERY" : "none");
        return bytes(builder.build());
    }

    // ---- changes

    private void change(List<Frame> frames) {
        int at = random.nextInt(frames.size());
        var frame = frames.get(at);
        switch (random.nextInt(10)) {
            case 0 -> frames.remove(at);
            case 1 -> frames.add(at, frame);
            case 2 -> frames.add(random.nextInt(frames.size()), frames.remove(at));
            case 3 -> frames.set(at, new Frame(frame.type, random.nextInt(0x10000), frame.performative, frame.payload));
            case 4 -> frames.set(at, new Frame(frame.type, frame.channel, frame.performative, flipped(frame.payload)));
            case 5 -> frames.set(at, new Frame(random.nextInt(256), frame.channel, frame.performative, frame.payload));
            case 6 -> frames.set(at, frame.withPerformative(changedPerformative(frame.performative)));
            default -> frames.set(at, frame.withPerformative(changed(frame.performative, 0)));
        }
    }

    /** Another descriptor, or more fields, or fewer. */
    private @Nullable Object changedPerformative(@Nullable Object performative) {
        if (!(performative instanceof DescribedValue described) || !(described.value() instanceof List<?> fields)) {
            return anything(0);
        }
        var others = new ArrayList<@Nullable Object>(fields);
        switch (random.nextInt(4)) {
            case 0 -> {
                return new DescribedValue(new UnsignedLong(0x10 + random.nextInt(0x40)), described.value());
            }
            case 1 -> others.add(anything(0));
            case 2 -> {
                if (!others.isEmpty()) {
                    others.remove(random.nextInt(others.size()));
                }
            }
            default -> Collections.shuffle(others, random);
        }
        return new DescribedValue(described.descriptor(), others);
    }

    /** The same with one thing in it replaced, somewhere. */
    private @Nullable Object changed(@Nullable Object value, int depth) {
        if (value instanceof DescribedValue described && random.nextInt(8) > 0) {
            return new DescribedValue(described.descriptor(), changed(described.value(), depth + 1));
        }
        if (value instanceof List<?> list && !list.isEmpty() && random.nextInt(8) > 0) {
            var others = new ArrayList<@Nullable Object>(list);
            int at = random.nextInt(others.size());
            others.set(at, changed(others.get(at), depth + 1));
            return others;
        }
        return random.nextBoolean() ? alike(value) : anything(0);
    }

    /** Of the same type, with a value at one of its ends. */
    private @Nullable Object alike(@Nullable Object value) {
        if (value instanceof UnsignedInteger) {
            int[] ends = {0, 1, 2, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, random.nextInt()};
            return uint(ends[random.nextInt(ends.length)]);
        }
        if (value instanceof Boolean flag) {
            return !flag;
        }
        if (value instanceof String) {
            return text();
        }
        if (value instanceof Symbol) {
            return Symbol.of("s" + "x".repeat(random.nextInt(300)));
        }
        if (value instanceof Binary) {
            return Binary.copyOf(new byte[random.nextInt(100)]);
        }
        return value == null ? anything(0) : null;
    }

    private String text() {
        String[] texts = {"", "\r\n", "../../etc", "<b>", "$management", "temporary.x", "ü", "fuzz.0", "DLQ"};
        return random.nextInt(4) == 0 ? "n".repeat(random.nextInt(3_000)) : texts[random.nextInt(texts.length)];
    }

    private @Nullable Object anything(int depth) {
        return switch (random.nextInt(depth > 4 ? 8 : 12)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> uint(random.nextInt());
            case 3 -> new UnsignedLong(random.nextLong());
            case 4 -> random.nextInt();
            case 5 -> text();
            case 6 -> Symbol.of("amqp:" + random.nextInt(100));
            case 7 -> new UnsignedByte((byte) random.nextInt());
            case 8 -> Arrays.asList(anything(depth + 1), anything(depth + 1));
            case 9 -> Map.of("key", "value", Symbol.of("paired"), true);
            case 10 -> state(0x20 + random.nextInt(0x20), anything(depth + 1), anything(depth + 1));
            default -> nested(random.nextInt(60));
        };
    }

    private static Object nested(int depth) {
        Object value = List.of();
        for (int i = 0; i < depth; i++) {
            value = List.of(value);
        }
        return value;
    }

    private byte[] flipped(byte[] bytes) {
        var other = bytes.clone();
        for (int flips = random.nextInt(4); flips >= 0 && other.length > 0; flips--) {
            other[random.nextInt(other.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(5) == 0 ? Arrays.copyOf(other, random.nextInt(other.length + 1)) : other;
    }

    private byte[] encode(Frame frame) {
        var body = new byte[0];
        if (frame.performative != null) {
            try {
                var encoder = new AmqpEncoder();
                encoder.writeValue(frame.performative);
                var encoded = encoder.take();
                body = new byte[encoded.remaining()];
                encoded.get(body);
            } catch (IllegalArgumentException notToBeEncoded) {
                // It nests deeper than our own encoder would go: others would not mind.
                body = deep();
            }
        }
        var bytes = ByteBuffer.allocate(8 + body.length + frame.payload.length);
        bytes.putInt(bytes.capacity()).put((byte) 2).put((byte) frame.type).putShort((short) frame.channel);
        return bytes.put(body).put(frame.payload).array();
    }

    /** An open whose properties nest as deep as one frame allows. */
    private static byte[] deep() {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {0, 0x53, 0x10});
        for (int size = 240; size > 4; size -= 3) {
            bytes.writeBytes(new byte[] {(byte) 0xc0, (byte) size, 1});
        }
        bytes.writeBytes("....".getBytes(StandardCharsets.US_ASCII));
        return bytes.toByteArray();
    }
}
