package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.DeliveryState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Writes the transfer frames of one connection (AMQP 1.0 §2.7.5). Owned by the connection's loop. */
final class TransferWriter {
    private final PerformativeCodec codec;
    private final TransferEncoder encoder;
    private final PerformativeFit fit;
    private final EngineOutput output;
    private @Nullable FrameTrace trace;

    /** As it was encoded last: neighbours mostly share a state. */
    private @Nullable DeliveryState lastState;

    private byte @Nullable [] lastStateBytes;

    TransferWriter(LoopShare share, PerformativeFit fit, EngineOutput output) {
        codec = share.codec();
        encoder = share.transfers();
        this.fit = fit;
        this.output = output;
    }

    /** From now on every transfer is written down. */
    void traceTo(FrameTrace newTrace) {
        trace = newTrace;
    }

    /**
     * Refuses what no frame has room for, before anything of it goes out.
     *
     * @throws IllegalArgumentException when the state is too long
     */
    void check(@Nullable DeliveryState state) {
        if (state != null && !fits(state)) {
            throw new IllegalArgumentException("a state of " + state.getClass().getSimpleName()
                    + " is too long for a frame of " + fit.frameBytesMax() + " bytes");
        }
    }

    /** Whether a frame with this state has room for anything of a message. */
    boolean fits(@Nullable DeliveryState state) {
        return state == null || hasRoomFor(state, 1);
    }

    /** Whether a message of so many bytes can go out by {@link #writeWhole}. */
    boolean takesWhole(@Nullable DeliveryState state, int bytes) {
        return hasRoomFor(state, bytes) && trace == null;
    }

    private boolean hasRoomFor(@Nullable DeliveryState state, int bytes) {
        return bytes <= fit.frameBytesMax() - TransferEncoder.bytesMax(encoded(state));
    }

    /** Writes a message as one frame; {@code head} and {@code rest} stay as they are. */
    void writeWhole(
            int channel,
            int handle,
            SentDelivery delivery,
            @Nullable DeliveryState state,
            ByteBuffer head,
            ByteBuffer rest) {
        int length = encoder.begin(channel, handle, delivery, encoded(state), delivery.isSettled(), false, false);
        output.put(encoder.finish(head.remaining() + rest.remaining(), false), length);
        output.put(head, head.position(), head.remaining());
        output.put(rest, rest.position(), rest.remaining());
        output.onFrame();
    }

    /** Writes the next frame of a message; true when it was the last. */
    boolean writeNext(int channel, int handle, WaitingTransfer transfer) {
        int length = encoder.begin(
                channel,
                handle,
                transfer.delivery(),
                encoded(transfer.state()),
                transfer.isSettled(),
                transfer.isResumed(),
                transfer.isAborted());
        OutgoingPayload payload = transfer.payload();
        int bytes = Math.min(payload.remaining(), fit.frameBytesMax() - length);
        boolean more = bytes < payload.remaining() || !transfer.isComplete();
        output.put(encoder.finish(bytes, more), length);
        payload.writeTo(output, bytes);
        transfer.onWritten();
        output.onFrame();
        if (trace != null) {
            trace.sentTransfer(channel, handle, transfer, bytes, more);
        }
        return !more;
    }

    private byte @Nullable [] encoded(@Nullable DeliveryState state) {
        if (state == null) {
            return null;
        }
        if (state != lastState) {
            lastStateBytes = codec.bytes(ProtonStates.toEngine(state));
            lastState = state;
        }
        return lastStateBytes;
    }
}
