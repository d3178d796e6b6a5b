package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * What the transfers of a peer have to keep to on one link (AMQP 1.0 §2.7.5): as the two attaches have agreed, and as far as there is
 * credit. Owned by the connection's loop; lives as long as the link.
 */
final class TransferRules {
    private static final int TAG_BYTES_MAX = 32;

    private final ProtonReceivingLink link;
    private final ReceiverCredit credit;
    private final PartialMessage partial;
    private long maxMessageSizeBytes;
    private ReceiverSettleMode receiverSettleMode = ReceiverSettleMode.FIRST;
    /** Deliveries that the peer may still resume. */
    private int resumable;

    /** @param maxMessageSizeBytes the connection's limit, which an attach of ours may lower */
    TransferRules(ProtonReceivingLink link, ReceiverCredit credit, PartialMessage partial, long maxMessageSizeBytes) {
        this.link = link;
        this.credit = credit;
        this.partial = partial;
        this.maxMessageSizeBytes = maxMessageSizeBytes;
    }

    /** Our attach, which announces the connection's limit where the container has none of its own. */
    AttachParameters agree(AttachParameters ours) {
        receiverSettleMode = ours.receiverSettleMode();
        if (ours.maxMessageSizeBytes() == 0 || ours.maxMessageSizeBytes() > maxMessageSizeBytes) {
            return ours.withMaxMessageSizeBytes(maxMessageSizeBytes);
        }
        maxMessageSizeBytes = ours.maxMessageSizeBytes();
        return ours;
    }

    /** The peer may resume what the maps of both ends list. */
    void allowResumption(AttachParameters theirs, AttachParameters ours) {
        if (theirs.unsettled() == null) {
            return;
        }
        resumable = theirs.unsettled().states().size();
        if (theirs.unsettled().incomplete() && ours.unsettled() != null) {
            // It may resume what only we list (§2.6.13).
            resumable += ours.unsettled().states().size();
        }
    }

    /** As agreed by the two attaches. */
    ReceiverSettleMode receiverSettleMode() {
        return receiverSettleMode;
    }

    /**
     * What is wrong with a transfer; null when nothing is.
     *
     * @param first whether a delivery begins with it
     */
    @Nullable
    ErrorCondition faultOf(Transfer transfer, byte[] payload, boolean first) {
        ErrorCondition fault = first ? faultOfFirst(transfer) : faultOfNext(transfer);
        if (fault == null && partial.bytes() + payload.length > maxMessageSizeBytes) {
            return AmqpError.MESSAGE_SIZE_EXCEEDED.because(
                    "a message on link " + link.name() + " is longer than " + maxMessageSizeBytes + " bytes");
        }
        return fault;
    }

    private @Nullable ErrorCondition faultOfFirst(Transfer transfer) {
        if (transfer.getDeliveryTag().getLength() > TAG_BYTES_MAX) {
            return AmqpError.INVALID_FIELD.because("delivery-tag is longer than " + TAG_BYTES_MAX + " bytes");
        }
        if (asksForSecond(transfer)) {
            return AmqpError.INVALID_FIELD.because("a transfer asks for receiver settle mode second on link "
                    + link.name() + ", where first was agreed");
        }
        if (transfer.getResume() && resumable > 0) {
            // Credit is for new deliveries; how many can be resumed the maps said.
            resumable--;
            return null;
        }
        if (link.isResumptionIncomplete() && !transfer.getResume()) {
            return AmqpError.NOT_ALLOWED.because("a new delivery on link " + link.name()
                    + ", whose unsettled map is incomplete; detach and attach again first");
        }
        if (credit.left() <= 0) {
            return AmqpError.TRANSFER_LIMIT_EXCEEDED.because("transfer without credit on link " + link.name());
        }
        return null;
    }

    private boolean asksForSecond(Transfer transfer) {
        // Of what is settled already the field says nothing (§2.7.5).
        return !Boolean.TRUE.equals(transfer.getSettled())
                && transfer.getRcvSettleMode() == org.apache.qpid.proton.amqp.transport.ReceiverSettleMode.SECOND
                && receiverSettleMode == ReceiverSettleMode.FIRST;
    }

    private @Nullable ErrorCondition faultOfNext(Transfer transfer) {
        String fault = partial.faultOf(transfer);
        return fault == null ? null : AmqpError.INVALID_FIELD.because(fault);
    }
}
