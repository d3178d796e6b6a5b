package dev.godwit.broker.filter;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A selector in SQL's words (Jakarta Messaging §3.8.1; AMQP filter expressions §6). A message is wanted
 * when the condition is true; not when it is false, and not when it is unknown. Owned by one event loop at a time.
 */
public final class Selector implements MessageFilter {
    private final String text;
    private final Dialect dialect;
    private final CompiledSelector compiled;
    private final MessageFields fields;

    private Selector(String text, Dialect dialect) throws InvalidFilterException {
        this.text = text;
        this.dialect = dialect;
        this.compiled = CompiledSelector.of(text, dialect);
        this.fields = new MessageFields(compiled.readers());
    }

    /**
     * A selector as JMS clients write it.
     *
     * @throws InvalidFilterException says where the text is wrong, and what was expected there
     */
    public static Selector parse(String text) throws InvalidFilterException {
        return new Selector(text, Dialect.JMS);
    }

    /** A selector as the AMQP filter expressions draft has it: {@code properties.subject = 'a'}. */
    static Selector parseAmqpSql(String text) throws InvalidFilterException {
        return new Selector(text, Dialect.AMQP_SQL);
    }

    @Override
    public boolean matches(Message message) {
        return matches(message, 0, null);
    }

    @Override
    public boolean matches(Message message, int deliveryCount, @Nullable AddedAnnotations added) {
        if (!fields.turnTo(message, deliveryCount, added)) {
            return false;
        }
        boolean matches = Boolean.TRUE.equals(compiled.condition().value(fields));
        fields.letGo();
        return matches;
    }

    @Override
    public @Nullable CodeCondition codes(IndexedProperties properties) {
        return compiled.condition().codes(new IndexedFields(properties, compiled.readers()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Selector selector && selector.text.equals(text) && selector.dialect == dialect;
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
