package dev.godwit.broker.intake;

import java.util.List;

/**
 * What the queues of a tenant may hold together. Immutable.
 *
 * @param addresses patterns of the addresses that are the tenant's; {@code *} stands for any characters
 * @param messagesMax 0 for any number
 * @param bytesMax of messages, encoded; 0 for any number
 */
public record TenantHoldings(List<String> addresses, long messagesMax, long bytesMax) {
    public TenantHoldings {
        addresses = List.copyOf(addresses);
    }
}
