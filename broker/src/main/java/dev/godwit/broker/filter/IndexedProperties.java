package dev.godwit.broker.filter;

import dev.godwit.broker.filter.FieldNames.OfDeliveries;
import dev.godwit.broker.message.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Names under which is known of each message in short what it says, so that who wants certain values need not look at all:
 * see {@link CodeBlock}. Owned by one event loop: it reads one message after the other.
 */
public final class IndexedProperties {
    /** What no name begins with that a selector may have. */
    private static final String KEY = "\"";

    private final List<String> names;
    private final List<FieldReader> readers = new ArrayList<>();
    private final MessageFields fields;

    private IndexedProperties(List<String> names) throws InvalidFilterException {
        this.names = List.copyOf(names);
        for (var name : names) {
            var reader = name.startsWith(KEY) ? FieldNames.key(name.substring(KEY.length())) : FieldNames.ofJms(name);
            if (reader instanceof OfDeliveries) {
                throw new InvalidFilterException(name + " is another with each delivery");
            }
            readers.add(reader);
        }
        this.fields = new MessageFields(readers);
    }

    /**
     * Names as in the selectors of JMS clients: of application properties, or of what JMS calls headers.
     *
     * @throws InvalidFilterException says which name can be none, and why
     */
    public static IndexedProperties of(List<String> names) throws InvalidFilterException {
        return new IndexedProperties(names);
    }

    /**
     * The name under which it is known what tells messages apart, for others than filters: an application property, or a
     * message annotation if there is none, {@code group-id} or {@code user-id}.
     */
    public static String keyName(String name) {
        return KEY + name;
    }

    public List<String> names() {
        return names;
    }

    /** Reads the message of a place. One that no filter can read has no values. */
    public void read(Message message, CodeBlock block, int place) {
        if (!fields.turnTo(message, 0, null)) {
            block.clear(place);
            return;
        }
        for (int column = 0; column < names.size(); column++) {
            block.put(column, place, fields.value(column));
        }
        fields.letGo();
    }

    /** -1 for none. */
    int column(FieldReader reader) {
        return readers.indexOf(reader);
    }
}
