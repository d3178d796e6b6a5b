package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.DroppingWritableBuffer;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.codec.WritableBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the performatives of frames with the engine's codec. Owned by one event loop and shared by its
 * connections: between two calls it keeps nothing of any of them.
 */
final class PerformativeCodec {
    private final DecoderImpl decoder = new DecoderImpl();
    private final EncoderImpl encoder = new EncoderImpl(decoder);

    PerformativeCodec() {
        AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    }

    /**
     * Reads one described value at the position of {@code body} and moves the position behind it.
     *
     * @throws RuntimeException of many kinds, when the bytes are not what they claim to be
     */
    @Nullable
    Object read(ByteBuffer body) {
        decoder.setBuffer(ReadableBuffer.ByteBufferReader.wrap(body));
        try {
            return decoder.readObject();
        } finally {
            decoder.setBuffer(null);
        }
    }

    /** Bytes that a performative takes, without the frame header. */
    int size(Object performative) {
        var counter = new DroppingWritableBuffer();
        encoder.setByteBuffer(counter);
        encoder.writeObject(performative);
        return counter.position();
    }

    /** Appends a whole SASL frame (AMQP 1.0 §5.3.1). */
    void writeSaslFrame(Object body, ByteBuf out) {
        // The encoder asks for more room than it takes.
        ByteBuffer encoded = ByteBuffer.allocate(2 * size(body) + SaslFrames.MAX_BYTES);
        encoder.setByteBuffer(WritableBuffer.ByteBufferWrapper.wrap(encoded));
        encoder.writeObject(body);
        encoded.flip();
        out.writeInt(FrameReader.HEADER_BYTES + encoded.remaining());
        out.writeByte(2).writeByte(1).writeShort(0);
        out.writeBytes(encoded);
    }
}
