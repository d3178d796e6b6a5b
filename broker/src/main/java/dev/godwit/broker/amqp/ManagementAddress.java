package dev.godwit.broker.amqp;

import dev.godwit.broker.address.AddressName;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the management node is found. */
final class ManagementAddress {
    /** The draft's address, and the one that clients of HTTP over AMQP attach to. */
    private static final Set<String> SPELLINGS = Set.of("$management", "/management");

    private static final String OF_ENTITY = AddressName.MANAGEMENT_SUFFIX;

    private ManagementAddress() {}

    static boolean is(@Nullable String address) {
        return address != null && (SPELLINGS.contains(address) || entityOf(address) != null);
    }

    /** The queue whose own management node that is, as clients of Azure Service Bus spell it; null for the broker's. */
    static @Nullable String entityOf(String address) {
        int length = address.length() - OF_ENTITY.length();
        return length > 0 && address.endsWith(OF_ENTITY) ? address.substring(0, length) : null;
    }
}
