package dev.godwit.broker.queue;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import java.util.function.IntSupplier;

/**
 * How many messages one queue may hold, and how many bytes of them, and what happens to the next one. Says what is to be done; the queue does it. Owned
 * by the queue's loop; lives as long as the queue.
 */
final class Capacity {
    private final String queueName;
    private final QueueCounters counters;
    private final HeldSizes sizes;
    private final IntSupplier leaving;
    private final Runnable wake;
    private long messagesMax = Long.MAX_VALUE;
    private long bytesMax = Long.MAX_VALUE;
    private WhenFull whenFull = WhenFull.BLOCK;
    private boolean stopsNobody;

    /**
     * @param sizes of what is here
     * @param leaving how many messages are on their way to the dead letters
     * @param wake has those that wait looked at again; any thread may run it
     */
    Capacity(String queueName, QueueCounters counters, HeldSizes sizes, IntSupplier leaving, Runnable wake) {
        this.wake = wake;
        this.queueName = queueName;
        this.counters = counters;
        this.sizes = sizes;
        this.leaving = leaving;
    }

    /** What holds from now on. */
    void apply(AddressSettings settings) {
        messagesMax = limit(settings.get(AddressSetting.MAX_MESSAGES));
        bytesMax = limit(settings.get(AddressSetting.MAX_BYTES));
        whenFull = settings.get(AddressSetting.WHEN_FULL);
        sizes.remember(bytesMax != Long.MAX_VALUE);
    }

    private static long limit(long setting) {
        return setting == 0 ? Long.MAX_VALUE : setting;
    }

    /** No producer may wait for this queue, nor be refused because of it, whatever the settings say. */
    void stopNobody() {
        stopsNobody = true;
    }

    /** Whether a message of that length is more by itself than may be here. */
    boolean neverTakes(long bytes) {
        var tenant = sizes.tenant();
        return bytes > bytesMax || (tenant != null && tenant.neverTakes(bytes));
    }

    /**
     * Whether a message has to wait.
     *
     * @param arriving how many are on their way in before it
     * @param arrivingBytes of those and of this one
     */
    boolean makesWait(int arriving, long arrivingBytes) {
        if (!is(WhenFull.BLOCK)) {
            return false;
        }
        var tenant = sizes.tenant();
        if (tenant != null && tenant.isFull(arriving, arrivingBytes)) {
            tenant.whenThereIsRoom(arriving, arrivingBytes, wake);
            return true;
        }
        return isFull(arriving, arrivingBytes);
    }

    /** Whether a message is refused; parameters as above. */
    boolean turnsAway(int arriving, long arrivingBytes) {
        var tenant = sizes.tenant();
        return is(WhenFull.REJECT)
                && (isFull(arriving, arrivingBytes) || (tenant != null && tenant.isFull(arriving, arrivingBytes)));
    }

    private boolean isFull(int arriving, long arrivingBytes) {
        return counters.held() + leaving.getAsInt() + arriving >= messagesMax
                || sizes.bytes() + arrivingBytes > bytesMax;
    }

    /** Whether the oldest has to go. */
    boolean isExceeded() {
        var tenant = sizes.tenant();
        return is(WhenFull.DROP_OLDEST)
                && (counters.held() > messagesMax
                        || sizes.bytes() > bytesMax
                        || (tenant != null && tenant.isExceeded()));
    }

    private boolean is(WhenFull what) {
        return (stopsNobody ? WhenFull.DROP_OLDEST : whenFull) == what;
    }

    /** Why a message waits in front of the queue. */
    Obstacle obstacle() {
        return Obstacle.of(
                WaitingReason.QUEUE_FULL,
                "the queue holds " + (counters.held() + leaving.getAsInt()) + " messages of " + sizes.bytes()
                        + " bytes, and may hold " + (isBounded() ? bounds() : "any number") + ofTenant());
    }

    /** Why a message is refused. */
    ErrorCondition refusal() {
        return AmqpError.RESOURCE_LIMIT_EXCEEDED.because("queue '" + queueName + "' is full: it may hold "
                + (isBounded() ? bounds() : "any number") + ofTenant() + "; send it again later");
    }

    private String ofTenant() {
        var tenant = sizes.tenant();
        return tenant == null ? "" : ", and " + tenant.description();
    }

    private boolean isBounded() {
        return messagesMax != Long.MAX_VALUE || bytesMax != Long.MAX_VALUE;
    }

    private String bounds() {
        String messages = messagesMax == Long.MAX_VALUE ? "" : messagesMax + " messages";
        String bytes = bytesMax == Long.MAX_VALUE ? "" : bytesMax + " bytes";
        return messages + (messages.isEmpty() || bytes.isEmpty() ? "" : " and ") + bytes;
    }

    /** Why a message of that length is refused, now and later. */
    ErrorCondition refusalOf(long bytes) {
        return AmqpError.RESOURCE_LIMIT_EXCEEDED.because("a message of " + bytes + " bytes is too long for queue '"
                + queueName + "'"
                + (bytes > bytesMax ? ", which may hold " + bytesMax + " bytes (max-bytes)" : ofTenant()));
    }
}
