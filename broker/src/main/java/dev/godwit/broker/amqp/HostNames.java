package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.AddressName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts we are to our peers, by the names that they give in their open (AMQP 1.0 §2.7.1). Immutable.
 *
 * @param served whether upper or lower case; empty when every name will do
 */
public record HostNames(List<String> served) {
    public HostNames {
        served = List.copyOf(served);
    }

    /** Why a peer that asks for this host is turned away; null when it is not. Who names no host means any. */
    @Nullable
    ErrorCondition objectionTo(@Nullable String hostname) {
        if (hostname == null || hostname.isEmpty() || served.isEmpty()) {
            return null;
        }
        var virtualHost = RabbitConventions.virtualHost(hostname);
        var name = virtualHost == null ? hostname : virtualHost;
        if (served.stream().anyMatch(each -> each.equalsIgnoreCase(name) || each.equalsIgnoreCase(hostname))) {
            return null;
        }
        var unreadable = AddressName.objection("hostname", hostname);
        return AmqpError.NOT_FOUND.because(
                unreadable == null ? "this container is not host '" + hostname + "', nor serves it" : unreadable);
    }
}
