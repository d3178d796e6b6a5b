package dev.godwit.amqp.type;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * array: values of one type behind one constructor (AMQP 1.0 §1.6.24). A list of its own class, so that what came as an
 * array goes on as one, also when it is empty.
 *
 * @param descriptors what all the elements are described by, the outermost first; empty for plain values
 * @param elements of {@code elementType}, without their descriptors
 */
public record AmqpArray(AmqpType elementType, List<Object> descriptors, List<@Nullable Object> elements) {
    public AmqpArray {
        descriptors = List.copyOf(descriptors);
        elements = Collections.unmodifiableList(elements);
    }

    /** An array of plain values; a copy. */
    public static AmqpArray of(AmqpType elementType, List<?> elements) {
        return new AmqpArray(elementType, List.of(), new ArrayList<>(elements));
    }

    public static AmqpArray ofSymbols(Symbol... symbols) {
        return of(AmqpType.SYMBOL, Arrays.asList(symbols));
    }
}
