package dev.godwit.broker.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A name in a selector: something that the message says, or does not. */
final class Field extends Expression {
    private final int slot;

    Field(int slot) {
        this.slot = slot;
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        return fields.value(slot);
    }

    @Override
    Kind kind() {
        return Kind.ANY;
    }

    int slot() {
        return slot;
    }

    @Override
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        return indexed.oneOf(slot, List.of(true));
    }
}
