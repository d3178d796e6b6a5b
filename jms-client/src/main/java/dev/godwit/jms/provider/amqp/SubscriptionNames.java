package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ReceiverRequest;
import java.util.HashMap;
import java.util.Map;

/**
 * The link names of subscriptions. The part before the {@code |} is the subscription's own name; what follows tells the
 * subscriptions of named and unnamed connections apart, and the consumers that share one. Owned by the connection's loop.
 */
final class SubscriptionNames {
    private final Map<String, Integer> sharers = new HashMap<>();

    /** The name of the link of one more consumer. */
    String next(ReceiverRequest request, String name) {
        if (!request.shared()) {
            return name;
        }
        String scope;
        if (request.durable()) {
            scope = request.clientIdGiven() ? "" : "global";
        } else {
            scope = request.clientIdGiven() ? "volatile" : "global-volatile";
        }
        String base = scope.isEmpty() ? name : name + '|' + scope;
        int number = sharers.merge(base, 1, Integer::sum);
        if (number == 1 && request.durable()) {
            return base;
        }
        return scope.isEmpty() ? base + '|' + number : base + number;
    }

    /** The name of the link that ends a durable subscription. */
    String toEnd(String name, boolean clientIdGiven) {
        return clientIdGiven ? name : name + "|global";
    }
}
