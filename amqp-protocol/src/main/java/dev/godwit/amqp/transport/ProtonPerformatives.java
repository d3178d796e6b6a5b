package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Link;

/** Open and attach, between the engine's classes and our parameters. Owns nothing. */
final class ProtonPerformatives {
    private ProtonPerformatives() {}

    static OpenParameters fromEngine(Open open) {
        return new OpenParameters(
                open.getContainerId(),
                open.getHostname(),
                open.getMaxFrameSize() == null
                        ? 0xffffffffL
                        : open.getMaxFrameSize().longValue(),
                open.getChannelMax() == null ? 65_535 : open.getChannelMax().intValue() & 0xffff,
                open.getIdleTimeOut() == null ? 0 : open.getIdleTimeOut().longValue(),
                ProtonValues.fromEngineArray(open.getOfferedCapabilities()),
                ProtonValues.fromEngineArray(open.getDesiredCapabilities()),
                ProtonValues.fromEngineMap(open.getProperties()));
    }

    /** Tells the engine what our open frame is to say, save its limits. */
    static void fill(Connection engineConnection, OpenParameters parameters) {
        engineConnection.setContainer(parameters.containerId());
        engineConnection.setHostname(parameters.hostname());
        engineConnection.setOfferedCapabilities(ProtonValues.toEngineArray(parameters.offeredCapabilities()));
        engineConnection.setDesiredCapabilities(ProtonValues.toEngineArray(parameters.desiredCapabilities()));
        engineConnection.setProperties(ProtonValues.toEngineMap(parameters.properties()));
    }

    static AttachParameters fromEngine(Attach attach, String name) {
        return new AttachParameters(
                name,
                ProtonTermini.fromEngine(attach.getSource()),
                ProtonTermini.fromEngine(attach.getTarget()),
                attach.getSndSettleMode() == null
                        ? SenderSettleMode.MIXED
                        : switch (attach.getSndSettleMode()) {
                            case UNSETTLED -> SenderSettleMode.UNSETTLED;
                            case SETTLED -> SenderSettleMode.SETTLED;
                            case MIXED -> SenderSettleMode.MIXED;
                        },
                attach.getRcvSettleMode() == org.apache.qpid.proton.amqp.transport.ReceiverSettleMode.SECOND
                        ? ReceiverSettleMode.SECOND
                        : ReceiverSettleMode.FIRST,
                attach.getMaxMessageSize() == null
                        ? 0
                        : Math.max(0, attach.getMaxMessageSize().longValue()),
                ProtonValues.fromEngineArray(attach.getOfferedCapabilities()),
                ProtonValues.fromEngineArray(attach.getDesiredCapabilities()),
                ProtonValues.fromEngineMap(attach.getProperties()),
                UnsettledMaps.fromEngine(attach));
    }

    /** Tells the engine what our attach frame is to say. */
    static void fill(Link engineLink, AttachParameters parameters, ProtonLink link) {
        engineLink.setSource(ProtonTermini.toEngine(parameters.source()));
        engineLink.setTarget(ProtonTermini.toEngine(parameters.target()));
        engineLink.setSenderSettleMode(
                switch (parameters.senderSettleMode()) {
                    case UNSETTLED -> org.apache.qpid.proton.amqp.transport.SenderSettleMode.UNSETTLED;
                    case SETTLED -> org.apache.qpid.proton.amqp.transport.SenderSettleMode.SETTLED;
                    case MIXED -> org.apache.qpid.proton.amqp.transport.SenderSettleMode.MIXED;
                });
        engineLink.setReceiverSettleMode(
                switch (parameters.receiverSettleMode()) {
                    case FIRST -> org.apache.qpid.proton.amqp.transport.ReceiverSettleMode.FIRST;
                    case SECOND -> org.apache.qpid.proton.amqp.transport.ReceiverSettleMode.SECOND;
                });
        if (parameters.maxMessageSizeBytes() > 0) {
            engineLink.setMaxMessageSize(UnsignedLong.valueOf(parameters.maxMessageSizeBytes()));
        }
        engineLink.setOfferedCapabilities(ProtonValues.toEngineArray(parameters.offeredCapabilities()));
        engineLink.setDesiredCapabilities(ProtonValues.toEngineArray(parameters.desiredCapabilities()));
        engineLink.setProperties(new EngineTransport.LinkMark(
                link, ProtonValues.toEngineMap(parameters.properties()), parameters.unsettled()));
    }
}
