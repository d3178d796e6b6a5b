package dev.godwit.broker;

import dev.godwit.broker.intake.SenderRule;
import dev.godwit.broker.queue.TenantRoom;
import java.util.ArrayList;
import java.util.List;

/**
 * What bounds those who send, beside what settings of addresses say. Immutable.
 *
 * @param senders what users and tenants may do at most
 * @param diskBytesMax of records in the journal that are needed, above which producers wait; 0 for no limit
 * @param diskFreeBytesMin what is to be left of the disk: with less of it free producers wait; 0 for whatever is left
 */
public record LimitsConfiguration(List<SenderRule> senders, long diskBytesMax, long diskFreeBytesMin) {
    public static final LimitsConfiguration NONE = new LimitsConfiguration(List.of(), 0, 0);

    /** What queues of tenants share, new and empty. */
    List<TenantRoom> tenantRooms() {
        var rooms = new ArrayList<TenantRoom>();
        for (var rule : senders) {
            var holdings = rule.holdings();
            if (rule.tenant() != null && holdings != null) {
                rooms.add(new TenantRoom(
                        rule.tenant(), holdings.addresses(), holdings.messagesMax(), holdings.bytesMax()));
            }
        }
        return rooms;
    }

    public LimitsConfiguration {
        senders = List.copyOf(senders);
        if (diskBytesMax < 0 || diskFreeBytesMin < 0) {
            throw new IllegalArgumentException("disk limits below 0: " + diskBytesMax + ", " + diskFreeBytesMin);
        }
    }
}
