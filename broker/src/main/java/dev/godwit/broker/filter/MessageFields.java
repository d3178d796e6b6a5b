package dev.godwit.broker.filter;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.broker.filter.FieldNames.ApplicationProperty;
import dev.godwit.broker.filter.FieldNames.Quoted;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The message at hand as its filter sees it: each thing that the filter asks for is looked up once, when it is first
 * needed, and nothing else is decoded. Owned by the filter's loop; kept from one message to the next.
 */
final class MessageFields {
    private static final Object UNREAD = new Object();

    /** With more names than this, the application properties are decoded as a whole rather than searched for each. */
    private static final int SEARCHES_MAX = 8;

    private final MessageSections sections = new MessageSections();
    private final FieldReader[] readers;
    private final @Nullable Object[] values;
    private final boolean decodesAll;
    private @Nullable Map<String, @Nullable Object> applicationProperties;
    private @Nullable AddedAnnotations added;
    private int deliveryCount;

    MessageFields(List<FieldReader> readers) {
        this.readers = readers.toArray(FieldReader[]::new);
        this.values = new Object[this.readers.length];
        this.decodesAll =
                readers.stream().filter(ApplicationProperty.class::isInstance).count() > SEARCHES_MAX;
    }

    /** Turns to another message. False when it cannot be read up to its body. */
    boolean turnTo(Message message, int newDeliveryCount, @Nullable AddedAnnotations newlyAdded) {
        try {
            sections.scanBeforeBody(message.encoded());
        } catch (AmqpDecodeException malformed) {
            // The properties of a large message are not looked at when it comes in.
            return false;
        }
        deliveryCount = newDeliveryCount;
        added = newlyAdded;
        applicationProperties = null;
        Arrays.fill(values, UNREAD);
        return true;
    }

    @Nullable
    Object value(int slot) {
        var value = values[slot];
        if (value == UNREAD) {
            value = SelectorValue.of(read(readers[slot]));
            values[slot] = value;
        }
        return value;
    }

    private @Nullable Object read(FieldReader reader) {
        if (added != null && reader instanceof Quoted quoted) {
            return quoted.read(sections, added);
        }
        if (!decodesAll || !(reader instanceof ApplicationProperty property)) {
            return reader.read(sections, deliveryCount);
        }
        if (applicationProperties == null) {
            applicationProperties = sections.applicationProperties();
        }
        return applicationProperties.get(property.name());
    }

    /** Keeps nothing of the message. */
    void letGo() {
        applicationProperties = null;
        added = null;
        Arrays.fill(values, null);
    }
}
