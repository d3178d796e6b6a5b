package dev.godwit.amqp.container;

import dev.godwit.amqp.type.LinkTarget;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attach frame (AMQP 1.0 §2.7.3), save what the transport fills in itself (handle, role, delivery count).
 *
 * @param name unique between two containers for one direction
 * @param maxMessageSizeBytes 0 for no limit
 * @param unsettled what the sender of the frame considers unsettled of a link that it resumes; null when it resumes none
 */
public record AttachParameters(
        String name,
        @Nullable Source source,
        @Nullable LinkTarget target,
        SenderSettleMode senderSettleMode,
        ReceiverSettleMode receiverSettleMode,
        long maxMessageSizeBytes,
        List<Symbol> offeredCapabilities,
        List<Symbol> desiredCapabilities,
        Map<Symbol, Object> properties,
        @Nullable UnsettledMap unsettled) {

    /** A link with the specification's defaults: mixed settlement by the sender, first by the receiver. */
    public static AttachParameters of(String name, @Nullable Source source, @Nullable LinkTarget target) {
        return new AttachParameters(
                name,
                source,
                target,
                SenderSettleMode.MIXED,
                ReceiverSettleMode.FIRST,
                0,
                List.of(),
                List.of(),
                Map.of(),
                null);
    }

    public AttachParameters withSettleModes(SenderSettleMode sender, ReceiverSettleMode receiver) {
        return new AttachParameters(
                name,
                source,
                target,
                sender,
                receiver,
                maxMessageSizeBytes,
                offeredCapabilities,
                desiredCapabilities,
                properties,
                unsettled);
    }

    public AttachParameters withMaxMessageSizeBytes(long bytes) {
        return new AttachParameters(
                name,
                source,
                target,
                senderSettleMode,
                receiverSettleMode,
                bytes,
                offeredCapabilities,
                desiredCapabilities,
                properties,
                unsettled);
    }

    public AttachParameters withOfferedCapabilities(List<Symbol> capabilities) {
        return new AttachParameters(
                name,
                source,
                target,
                senderSettleMode,
                receiverSettleMode,
                maxMessageSizeBytes,
                capabilities,
                desiredCapabilities,
                properties,
                unsettled);
    }

    public AttachParameters withDesiredCapabilities(List<Symbol> capabilities) {
        return new AttachParameters(
                name,
                source,
                target,
                senderSettleMode,
                receiverSettleMode,
                maxMessageSizeBytes,
                offeredCapabilities,
                capabilities,
                properties,
                unsettled);
    }

    public AttachParameters withUnsettled(@Nullable UnsettledMap map) {
        return new AttachParameters(
                name,
                source,
                target,
                senderSettleMode,
                receiverSettleMode,
                maxMessageSizeBytes,
                offeredCapabilities,
                desiredCapabilities,
                properties,
                map);
    }

    public AttachParameters withProperties(Map<Symbol, Object> newProperties) {
        return new AttachParameters(
                name,
                source,
                target,
                senderSettleMode,
                receiverSettleMode,
                maxMessageSizeBytes,
                offeredCapabilities,
                desiredCapabilities,
                newProperties,
                unsettled);
    }
}
