package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecodeException;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.DescribedTypeConstructor;
import org.apache.qpid.proton.codec.DroppingWritableBuffer;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.codec.WritableBuffer;
import org.apache.qpid.proton.codec.transport.AttachType;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the performatives of frames with the engine's codec. Owned by one event loop and shared by its
 * connections: between two calls it keeps nothing of any of them.
 */
final class PerformativeCodec {
    private final DecoderImpl decoder = new StrictDecoder();
    private final EncoderImpl encoder = new EncoderImpl(decoder);

    PerformativeCodec() {
        AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    }

    /**
     * Insists on the role of attach and disposition (AMQP 1.0 §2.7.3, §2.7.6): the engine's own takes one that is missing
     * for that of a sender.
     */
    private static final class StrictDecoder extends DecoderImpl {
        @Override
        @SuppressWarnings("rawtypes")
        public void register(Object descriptor, DescribedTypeConstructor type) {
            super.register(descriptor, type instanceof AttachType attach ? new StrictAttach(attach) : type);
        }

        /** Called for the role of a disposition only. */
        @Override
        public Boolean readBoolean() {
            Boolean role = super.readBoolean();
            if (role == null) {
                throw new DecodeException("the role field of a disposition is mandatory");
            }
            return role;
        }
    }

    private record StrictAttach(AttachType type) implements DescribedTypeConstructor<Attach> {
        private static final int ROLE = 2;

        @Override
        public Attach newInstance(Object described) {
            if (described instanceof List<?> fields && (fields.size() <= ROLE || fields.get(ROLE) == null)) {
                throw new DecodeException("the role field of an attach is mandatory");
            }
            return type.newInstance(described);
        }

        @Override
        public Class<Attach> getTypeClass() {
            return Attach.class;
        }
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

    /** One value as it stands in a frame. */
    byte[] bytes(Object value) {
        ByteBuffer encoded = encode(value);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private ByteBuffer encode(Object value) {
        // The encoder asks for more room than it takes.
        ByteBuffer encoded = ByteBuffer.allocate(2 * size(value) + SaslFrames.MAX_BYTES);
        encoder.setByteBuffer(WritableBuffer.ByteBufferWrapper.wrap(encoded));
        encoder.writeObject(value);
        return encoded.flip();
    }

    /** Appends a whole SASL frame (AMQP 1.0 §5.3.1). */
    void writeSaslFrame(Object body, ByteBuf out) {
        ByteBuffer encoded = encode(body);
        out.writeInt(FrameReader.HEADER_BYTES + encoded.remaining());
        out.writeByte(2).writeByte(1).writeShort(0);
        out.writeBytes(encoded);
    }
}
