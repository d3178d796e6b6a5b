package dev.godwit.broker.message;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AnnotationsCodec;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Message annotations that a message was given after it came, by consumers that gave it back (AMQP 1.0 §3.4.5) or by the
 * broker. They are merged into the message's own when it is delivered; the message itself stays as it came. Immutable.
 */
public final class AddedAnnotations {
    /** All that one message may be given, encoded. */
    public static final int BYTES_MAX = 64 * 1024;

    /** What an annotation takes on the heap for each byte of its encoding, roughly. */
    private static final int HEAP_FACTOR = 4;

    private static final Symbol LOCK_TOKEN = Symbol.of("x-opt-lock-token");
    private static final Symbol SEQUENCE_NUMBER = Symbol.of("x-opt-sequence-number");
    private static final Symbol LOCKED_UNTIL = Symbol.of("x-opt-locked-until");

    private final Map<Symbol, Object> annotations;
    private final ByteBuffer encoded;

    private AddedAnnotations(Map<Symbol, Object> annotations, ByteBuffer encoded) {
        this.annotations = annotations;
        this.encoded = encoded;
    }

    /**
     * Those given before with further ones, each in place of an older one of its name.
     *
     * @return null when they are more than {@link #BYTES_MAX} together
     */
    public static @Nullable AddedAnnotations merge(@Nullable AddedAnnotations before, Map<Symbol, ?> further) {
        return merge(before, further, BYTES_MAX);
    }

    /**
     * The same with less room.
     *
     * @return null when they are more than {@code bytesMax} together
     */
    public static @Nullable AddedAnnotations merge(
            @Nullable AddedAnnotations before, Map<Symbol, ?> further, int bytesMax) {
        var merged = new LinkedHashMap<Symbol, Object>();
        if (before != null) {
            merged.putAll(before.annotations);
        }
        merged.putAll(further);
        var encoded = AnnotationsCodec.encodeMessageAnnotations(merged);
        return encoded.remaining() > bytesMax
                ? null
                : new AddedAnnotations(Collections.unmodifiableMap(merged), encoded);
    }

    /**
     * Those given before, with what a consumer hears that has the message to itself for a time.
     *
     * @param token names that lock
     * @param untilMillis when it ends: wall clock
     */
    public static AddedAnnotations locked(@Nullable AddedAnnotations before, UUID token, long untilMillis) {
        var further = new LinkedHashMap<Symbol, Object>();
        further.put(LOCK_TOKEN, token);
        further.put(LOCKED_UNTIL, Instant.ofEpochMilli(untilMillis));
        return mergeAll(before, further);
    }

    /** Those given before, with the number by which a message can be fetched. */
    public static AddedAnnotations numbered(@Nullable AddedAnnotations before, long sequenceNumber) {
        return mergeAll(before, Map.of(SEQUENCE_NUMBER, sequenceNumber));
    }

    private static AddedAnnotations mergeAll(@Nullable AddedAnnotations before, Map<Symbol, Object> further) {
        var merged = merge(before, further, Integer.MAX_VALUE);
        if (merged == null) {
            throw new IllegalStateException("annotations are longer than any");
        }
        return merged;
    }

    /**
     * Reads what {@link #encoded} wrote.
     *
     * @throws MalformedMessageException when it is no section of message annotations
     */
    public static AddedAnnotations decode(ByteBuffer encoded) throws MalformedMessageException {
        var sections = new MessageSections();
        var annotations = new LinkedHashMap<Symbol, Object>();
        try {
            sections.scan(encoded);
            sections.messageAnnotations().forEach((key, value) -> {
                if (key instanceof Symbol symbol && value != null) {
                    annotations.put(symbol, value);
                }
            });
        } catch (AmqpDecodeException malformed) {
            throw new MalformedMessageException(malformed);
        }
        return new AddedAnnotations(Collections.unmodifiableMap(annotations), encoded);
    }

    public Map<Symbol, Object> annotations() {
        return annotations;
    }

    /** As a section of message annotations, from position to limit. Not to be changed. */
    public ByteBuffer encoded() {
        return encoded;
    }

    /** What they take in memory, roughly. */
    public long heapBytes() {
        return (long) HEAP_FACTOR * encoded.remaining();
    }
}
