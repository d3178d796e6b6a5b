package dev.godwit.amqp.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client's end of a WebSocket, against a server that says what it likes, byte by byte (RFC 6455 §5). */
final class WebSocketFramesTest {
    private static final int FRAME_BYTES_MAX = 1_000;

    private final List<String> violations = new ArrayList<>();
    private final SlowSocket socket = new SlowSocket();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(socket, WebSocketFrames.ofClient(violations::add, FRAME_BYTES_MAX));

    @AfterEach
    void close() {
        socket.go();
        channel.finishAndReleaseAll();
    }

    /** Takes nothing while it is stopped. */
    private static final class SlowSocket extends ChannelDuplexHandler {
        private record Waiting(ChannelHandlerContext context, Object message, ChannelPromise promise) {}

        private final Queue<Waiting> waiting = new ArrayDeque<>();
        private boolean stopped;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (stopped) {
                waiting.add(new Waiting(context, message, promise));
            } else {
                var unused = context.write(message, promise);
            }
        }

        void go() {
            stopped = false;
            for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
                var unused = next.context.writeAndFlush(next.message, next.promise);
            }
        }
    }

    /** One of ours, with its mask taken off. */
    private static final class Frame {
        private final int first;
        private final boolean masked;
        private final byte[] payload;

        Frame(int first, boolean masked, byte[] payload) {
            this.first = first;
            this.masked = masked;
            this.payload = payload;
        }

        boolean masked() {
            return masked;
        }

        String text() {
            return new String(payload, UTF_8);
        }

        int closeCode() {
            return (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
        }
    }

    private List<Frame> said() {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            all.writeBytes(next);
            next.release();
        }
        var frames = new ArrayList<Frame>();
        while (all.isReadable()) {
            int first = all.readUnsignedByte();
            int second = all.readUnsignedByte();
            int length = second & 0x7f;
            if (length == 126) {
                length = all.readUnsignedShort();
            }
            boolean masked = (second & 0x80) != 0;
            byte[] mask = new byte[4];
            if (masked) {
                all.readBytes(mask);
            }
            byte[] payload = new byte[length];
            all.readBytes(payload);
            for (int i = 0; i < length; i++) {
                payload[i] ^= mask[i % 4];
            }
            frames.add(new Frame(first, masked, payload));
        }
        return frames;
    }

    private void hear(String hex) {
        channel.writeInbound(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
    }

    private void hear(int first, byte[] payload) {
        channel.writeInbound(
                Unpooled.buffer().writeByte(first).writeByte(payload.length).writeBytes(payload));
    }

    private String heard() {
        var bytes = Unpooled.buffer();
        for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
            bytes.writeBytes(next);
            next.release();
        }
        return bytes.toString(UTF_8);
    }

    @Test
    void takesBytesOutOfFramesHoweverTheyCome() {
        byte[] all = HexFormat.of().parseHex("02" + "03" + "616263" + "80" + "00" + "82" + "7e0002" + "6465");
        for (byte each : all) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {each}));
        }
        assertThat(heard()).isEqualTo("abcde");
        assertThat(violations).isEmpty();
    }

    @Test
    void masksWhatItSaysAndKeepsToTheLongestFrame() {
        channel.writeOutbound(Unpooled.wrappedBuffer("x".repeat(2_500).getBytes(UTF_8)));

        var said = said();
        assertThat(said).allMatch(Frame::masked).allMatch(each -> each.first == 0x82);
        assertThat(said.stream().map(each -> each.payload.length)).containsExactly(1_000, 1_000, 500);
        assertThat(said).allMatch(each -> each.text().matches("x+"));
    }

    @ParameterizedTest
    @CsvSource({
        "82816162636400, 1002, a server's frame that is masked",
        "810161, 1003, text",
        "c20161, 1002, a reserved bit",
        "830161, 1002, an opcode that is not there",
        "8b00, 1002, a control frame that is not there",
        "0900, 1002, a ping in parts",
        "897e0080, 1002, a ping that is too long",
        "800161, 1002, a continuation of nothing",
        "0201618201, 1002, another message within one",
        "827fffffffffffffffff, 1002, a length below zero"
    })
    void closesWhenTheServerBreaksTheRules(String hex, int code, String what) {
        hear(hex);

        assertThat(violations).as(what).hasSize(1);
        var said = said();
        assertThat(said).hasSize(1);
        assertThat(said.get(0).first).isEqualTo(0x88);
        assertThat(said.get(0).closeCode()).isEqualTo(code);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void answersACloseAndHearsNothingMore() {
        hear("880203e8" + "820161");

        assertThat(heard()).isEmpty();
        var said = said();
        assertThat(said).hasSize(1);
        assertThat(said.get(0).closeCode()).isEqualTo(1000);
        assertThat(channel.isOpen()).isFalse();
        assertThat(violations).isEmpty();
    }

    @Test
    void answersEachPingOfAServerThatReads() {
        hear(0x89, "one".getBytes(UTF_8));
        hear(0x89, "two".getBytes(UTF_8));
        hear(0x8a, "unasked".getBytes(UTF_8));

        var said = said();
        assertThat(said).extracting(Frame::text).containsExactly("one", "two");
        assertThat(said).allMatch(Frame::masked).allMatch(each -> each.first == 0x8a);
    }

    @Test
    void answersOnlyTheLatestOfAFloodOfPings() {
        socket.stopped = true;
        for (int i = 0; i < 100_000; i++) {
            hear(0x89, ("ping " + i).getBytes(UTF_8));
        }
        assertThat(socket.waiting).hasSize(1);

        socket.go();

        assertThat(said()).extracting(Frame::text).containsExactly("ping 0", "ping 99999");
        hear(0x89, "later".getBytes(UTF_8));
        assertThat(said()).extracting(Frame::text).containsExactly("later");
    }
}
