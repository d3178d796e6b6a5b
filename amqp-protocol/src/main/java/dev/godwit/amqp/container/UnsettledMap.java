package dev.godwit.amqp.container;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one end of a link that is being resumed considers unsettled (AMQP 1.0 §2.6.13).
 *
 * @param states by delivery-tag; null where nothing has been said of a delivery yet
 * @param incomplete more is unsettled than is told here, so a tag that is missing says nothing
 */
public record UnsettledMap(Map<Binary, @Nullable DeliveryState> states, boolean incomplete) {
    public UnsettledMap {
        // Map.copyOf takes no nulls.
        states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
    }
}
