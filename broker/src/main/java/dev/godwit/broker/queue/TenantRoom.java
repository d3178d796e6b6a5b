package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressPattern;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How much the queues of a tenant may hold together. A queue that has no room here does what it does when it is full itself;
 * those who wait go on when there is a twentieth of the limit more room than none. Shared by all loops; lives as long as the broker.
 */
public final class TenantRoom {
    private static final int ROOM_PART = 20;

    private final String tenant;
    private final List<AddressPattern> addresses;
    private final long messagesMax;
    private final long bytesMax;
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    /** What wakes those up that wait for room. */
    private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

    /**
     * @param addresses patterns of those whose queues, and subscriptions, are the tenant's
     * @param messagesMax 0 for any number
     * @param bytesMax 0 for any number
     */
    public TenantRoom(String tenant, List<String> addresses, long messagesMax, long bytesMax) {
        this.tenant = tenant;
        this.addresses = addresses.stream().map(AddressPattern::new).toList();
        this.messagesMax = messagesMax == 0 ? Long.MAX_VALUE : messagesMax;
        this.bytesMax = bytesMax == 0 ? Long.MAX_VALUE : bytesMax;
    }

    boolean isFor(String address) {
        return addresses.stream().anyMatch(each -> each.matches(address));
    }

    /** So much more is here, or less. */
    void add(long moreMessages, long moreBytes) {
        messages.add(moreMessages);
        bytes.add(moreBytes);
        if (!waiting.isEmpty() && (moreMessages < 0 || moreBytes < 0) && hasSomeRoom()) {
            wake();
        }
    }

    private void wake() {
        // Whoever comes while others are woken waits for the next time.
        List.copyOf(waiting).forEach(each -> {
            if (waiting.remove(each)) {
                each.run();
            }
        });
    }

    private boolean hasSomeRoom() {
        return messages.sum() < messagesMax - messagesMax / ROOM_PART && bytes.sum() <= bytesMax - bytesMax / ROOM_PART;
    }

    /** True when there is no room for so much, which is not here yet. */
    boolean isFull(long arrivingMessages, long arrivingBytes) {
        return messages.sum() + arrivingMessages >= messagesMax || bytes.sum() + arrivingBytes > bytesMax;
    }

    /** True when there is more than may be. */
    boolean isExceeded() {
        return messages.sum() > messagesMax || bytes.sum() > bytesMax;
    }

    /** True when a message of that length is more by itself than may be here. */
    boolean neverTakes(long messageBytes) {
        return messageBytes > bytesMax;
    }

    /**
     * Runs {@code wake}, on any thread, when some room is made; at once when there is room for so much by now. Who finds that it
     * is not enough for him waits again.
     */
    void whenThereIsRoom(long arrivingMessages, long arrivingBytes, Runnable wake) {
        waiting.add(wake);
        // It may have been made before anybody could know that it is waited for.
        if (!isFull(arrivingMessages, arrivingBytes) && waiting.remove(wake)) {
            wake.run();
        }
    }

    /** For whoever has to wait, or is refused. */
    String description() {
        String ofMessages = messagesMax == Long.MAX_VALUE ? "" : messagesMax + " messages";
        String ofBytes = bytesMax == Long.MAX_VALUE ? "" : bytesMax + " bytes";
        return "the queues of tenant '" + tenant + "' may hold " + ofMessages
                + (ofMessages.isEmpty() || ofBytes.isEmpty() ? "" : " and ") + ofBytes + " together";
    }
}
