package dev.godwit.broker.queue;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many messages one queue may hold, and how many bytes of them, and what happens to the next one. Says what is to be done; the queue does it. Owned
 * by the queue's loop; lives as long as the queue.
 */
final class Capacity {
    private final String queueName;
    private final QueueCounters counters;
    private final HeldSizes sizes;
    private final IntSupplier leaving;
    private long messagesMax = Long.MAX_VALUE;
    private long bytesMax = Long.MAX_VALUE;
    private WhenFull whenFull = WhenFull.BLOCK;
    private boolean stopsNobody;

    /** Null where nothing is shared with others. */
    private final @Nullable TenantTurn turn;

    /**
     * @param sizes of what is here
     * @param leaving how many messages are on their way to the dead letters
     * @param wake has those that wait looked at again; any thread may run it
     */
    Capacity(String queueName, QueueCounters counters, HeldSizes sizes, IntSupplier leaving, Runnable wake) {
        this.queueName = queueName;
        this.counters = counters;
        this.sizes = sizes;
        this.leaving = leaving;
        var tenant = sizes.tenant();
        this.turn = tenant == null ? null : new TenantTurn(tenant, wake);
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

    /**
     * Null as well for what was in another queue before: it counted there, and has to come in for there to be room again. Who
     * may hold it there bounds it here.
     */
    private @Nullable TenantRoom tenantOf(QueueEntry entry) {
        var tenant = sizes.tenant();
        return tenant == null || entry.isTransfer() ? null : tenant;
    }

    /** Whether a message of that length is more by itself than may be here. */
    boolean neverTakes(QueueEntry entry, long bytes) {
        var tenant = tenantOf(entry);
        return bytes > bytesMax || (tenant != null && tenant.neverTakes(bytes));
    }

    /**
     * Whether a message has to wait.
     *
     * @param arriving how many are on their way in before it
     * @param arrivingBytes of those
     */
    boolean makesWait(QueueEntry entry, int arriving, long arrivingBytes) {
        if (!is(WhenFull.BLOCK)) {
            return false;
        }
        long bytes = entry.heldBytes();
        if (isFull(arriving, arrivingBytes + bytes)) {
            return true;
        }
        return turn != null && !entry.isTransfer() && !turn.comes(entry, arriving, arrivingBytes + bytes, bytes);
    }

    /** Whether a message is refused; parameters as above. */
    boolean turnsAway(QueueEntry entry, int arriving, long arrivingBytes) {
        if (!is(WhenFull.REJECT)) {
            return false;
        }
        long bytes = arrivingBytes + entry.heldBytes();
        var tenant = tenantOf(entry);
        return isFull(arriving, bytes) || (tenant != null && tenant.isFull(arriving, bytes));
    }

    /**
     * A message that did not have to wait was taken in.
     *
     * @param isArriving whether it is on its way still, or what else became of it
     */
    void onTaken(QueueEntry entry, boolean isArriving) {
        if (turn != null) {
            turn.onTaken(entry, isArriving);
        }
    }

    /** One that was on its way is here. */
    void onArrived(QueueEntry entry) {
        if (turn != null) {
            turn.onArrived(entry);
        }
    }

    /**
     * Those that wait have been looked at.
     *
     * @param waits whether some do so still
     */
    void onLooked(boolean waits) {
        if (turn == null) {
            return;
        }
        if (waits) {
            turn.end();
        } else {
            turn.leave();
        }
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
