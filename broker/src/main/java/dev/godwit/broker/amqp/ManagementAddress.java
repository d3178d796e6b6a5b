package dev.godwit.broker.amqp;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the management node is found. */
final class ManagementAddress {
    /** The draft's address, and the one that clients of HTTP over AMQP attach to. */
    private static final Set<String> SPELLINGS = Set.of("$management", "/management");

    private ManagementAddress() {}

    static boolean is(@Nullable String address) {
        return address != null && SPELLINGS.contains(address);
    }
}
