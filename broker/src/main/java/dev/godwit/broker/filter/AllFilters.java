package dev.godwit.broker.filter;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several filters, all of which must want the message (AMQP 1.0 §3.5.8). Owned by one event loop at a time. */
final class AllFilters implements MessageFilter {
    private final List<MessageFilter> filters;

    AllFilters(List<MessageFilter> filters) {
        this.filters = List.copyOf(filters);
    }

    @Override
    public boolean matches(Message message) {
        return matches(message, 0, null);
    }

    @Override
    public boolean matches(Message message, int deliveryCount, @Nullable AddedAnnotations added) {
        for (int i = 0; i < filters.size(); i++) {
            if (!filters.get(i).matches(message, deliveryCount, added)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public @Nullable CodeCondition codes(IndexedProperties properties) {
        var known = new ArrayList<@Nullable CodeCondition>();
        filters.forEach(each -> known.add(each.codes(properties)));
        return CodeCondition.all(known);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AllFilters all && all.filters.equals(filters);
    }

    @Override
    public int hashCode() {
        return filters.hashCode();
    }

    @Override
    public String toString() {
        return filters.toString();
    }
}
