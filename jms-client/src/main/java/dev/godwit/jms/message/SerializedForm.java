package dev.godwit.jms.message;

import jakarta.jms.MessageFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Java's serialised form of objects, there and back. Stateless. */
final class SerializedForm {
    private SerializedForm() {}

    static ByteBuffer of(@Nullable Serializable object) throws MessageFormatException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        } catch (IOException unwritable) {
            throw failed("the object cannot be serialised: ", unwritable);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    /** @param policy null to trust the bytes: they are our own */
    static @Nullable Serializable read(ByteBuffer serialized, @Nullable DeserializationPolicy policy)
            throws MessageFormatException {
        if (!serialized.hasRemaining()) {
            return null;
        }
        byte[] bytes = new byte[serialized.remaining()];
        serialized.duplicate().get(bytes);
        try (ObjectInputStream in = new ContextObjectInputStream(new ByteArrayInputStream(bytes))) {
            if (policy != null) {
                in.setObjectInputFilter(policy.filter(bytes.length));
            }
            return (Serializable) in.readObject();
        } catch (InvalidClassException refused) {
            throw failed(
                    "the object's class, or one in it, is not on the list jms.deserializationPolicy.allowList: ",
                    refused);
        } catch (IOException | ClassNotFoundException | ClassCastException unreadable) {
            throw failed("the object cannot be deserialised: ", unreadable);
        }
    }

    private static MessageFormatException failed(String what, Exception cause) {
        MessageFormatException failure = new MessageFormatException(what + cause.getMessage());
        failure.setLinkedException(cause);
        failure.initCause(cause);
        return failure;
    }

    /** Looks classes up as the application's thread would. */
    private static final class ContextObjectInputStream extends ObjectInputStream {
        ContextObjectInputStream(InputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            if (context != null) {
                try {
                    return Class.forName(description.getName(), false, context);
                } catch (ClassNotFoundException notThere) {
                    return super.resolveClass(description);
                }
            }
            return super.resolveClass(description);
        }
    }
}
