package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Binary;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The body of a message: one of the three shapes of AMQP 1.0 §3.2. */
public sealed interface MessageBody {
    /** Opaque bytes, in one or more sections (§3.2.6). */
    record Data(List<Binary> sections) implements MessageBody {
        public Data {
            sections = List.copyOf(sections);
        }

        /** A single section, from position to limit; nobody may write to these bytes again. */
        public static Data of(ByteBuffer bytes) {
            return new Data(List.of(Binary.viewOf(bytes)));
        }

        /** A single section; the array is not copied, and nobody may write to it again. */
        public static Data of(byte[] bytes) {
            return of(ByteBuffer.wrap(bytes));
        }

        /** The bytes of all sections together. */
        public int length() {
            return sections.stream().mapToInt(Binary::length).sum();
        }
    }

    /** Lists of values, in one or more sections (§3.2.7). */
    record Sequence(List<List<@Nullable Object>> sections) implements MessageBody {
        public Sequence {
            sections = List.copyOf(sections);
        }
    }

    /** A single value of any type (§3.2.8). */
    record Value(@Nullable Object value) implements MessageBody {
        /** A body that says nothing: the value null. */
        public static final Value NULL = new Value(null);
    }
}
