package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.type.Outcome;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps what comes of a long message, and takes it at once or when told to. */
final class RecordedStream implements IncomingStreamListener {
    final IncomingStream stream;
    final List<String> endings = new CopyOnWriteArrayList<>();
    final List<Integer> partBytes = new CopyOnWriteArrayList<>();
    final AtomicLong bytes = new AtomicLong();
    final boolean takesAtOnce;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    volatile @Nullable IncomingDelivery delivery;
    volatile boolean accepts = true;

    RecordedStream(IncomingStream stream, boolean takesAtOnce) {
        this.stream = stream;
        this.takesAtOnce = takesAtOnce;
    }

    byte[] content() {
        return content.toByteArray();
    }

    @Override
    public void onPart(ByteBuffer part) {
        var copy = new byte[part.remaining()];
        part.duplicate().get(copy);
        content.writeBytes(copy);
        partBytes.add(copy.length);
        bytes.addAndGet(copy.length);
        if (takesAtOnce) {
            stream.taken(copy.length);
        }
    }

    @Override
    public void onEnd(IncomingDelivery whole) {
        delivery = whole;
        endings.add("end");
        if (accepts) {
            whole.settle(Outcome.Accepted.INSTANCE);
        }
    }

    @Override
    public void onAborted() {
        endings.add("aborted");
    }

    @Override
    public void onLost() {
        endings.add("lost");
    }
}
