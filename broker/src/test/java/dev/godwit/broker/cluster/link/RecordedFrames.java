package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/** Hears what came over a connection, and copies it. */
final class RecordedFrames implements FrameListener {
    final List<Message> messages = new ArrayList<>();
    final List<String> others = new ArrayList<>();
    boolean reading = true;

    /** A message as it came. */
    record Message(LinkChannel channel, String bytes) {}

    /** Any bytes as a text that can be compared. */
    static String text(ByteBuf bytes) {
        return ByteBufUtil.hexDump(bytes);
    }

    @Override
    public void onMessage(LinkChannel channel, ByteBuf payload) {
        messages.add(new Message(channel, text(payload)));
    }

    @Override
    public void onPing(long token) {
        others.add("ping " + token);
    }

    @Override
    public void onPong(long token) {
        others.add("pong " + token);
    }

    @Override
    public void onBye(String reason) {
        others.add("bye " + reason);
    }

    @Override
    public boolean isReading() {
        return reading;
    }
}
