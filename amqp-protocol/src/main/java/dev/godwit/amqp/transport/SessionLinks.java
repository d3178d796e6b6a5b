package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session, by handle and by name: how they come, and how they go (AMQP 1.0 §2.6.2 to §2.6.6). Owned by the
 * connection's loop; lives as long as the session.
 */
final class SessionLinks {
    private final ProtonSession session;
    private final ProtonConnection connection;
    private final Session engineSession;
    private final Map<UnsignedInteger, ProtonLink> byRemoteHandle = new HashMap<>();
    private final LinkNames senders = new LinkNames();
    private final LinkNames receivers = new LinkNames();
    private final Set<ProtonSendingLink> lingering = new HashSet<>();
    private long remoteHandleMax = 0xffffffffL;

    /** What is wrong with the attach that the engine is taking in; null when nothing is. */
    private @Nullable ErrorCondition attachFault;

    SessionLinks(ProtonSession session, Session engineSession) {
        this.session = session;
        this.connection = session.connection();
        this.engineSession = engineSession;
    }

    /** The peer's begin says how high its handles go. */
    void limitHandles(long handleMax) {
        remoteHandleMax = handleMax;
    }

    @Nullable
    ProtonLink byRemoteHandle(@Nullable UnsignedInteger handle) {
        return handle == null ? null : byRemoteHandle.get(handle);
    }

    // ---- links of ours

    /** Attaches one; without a listener nobody hears what comes of it. */
    ProtonSendingLink newSender(AttachParameters parameters, @Nullable SendingLinkListener linkListener) {
        leaveNameTo(parameters.name(), senders);
        Sender sender = engineSession.sender(senders.newEngineName(parameters.name()));
        var link = new ProtonSendingLink(session, parameters.name(), sender, LinkState.ATTACH_SENT, linkListener);
        senders.addOurs(link);
        link.sendAttach(parameters);
        return link;
    }

    /** Attaches one; without a listener nobody hears what comes of it. */
    ProtonReceivingLink newReceiver(AttachParameters parameters, @Nullable ReceivingLinkListener linkListener) {
        leaveNameTo(parameters.name(), receivers);
        Receiver receiver = engineSession.receiver(receivers.newEngineName(parameters.name()));
        var link = new ProtonReceivingLink(session, parameters.name(), receiver, LinkState.ATTACH_SENT, linkListener);
        receivers.addOurs(link);
        link.sendAttach(link.withLimit(parameters));
        return link;
    }

    /**
     * The peer closed a link while we only detached it. That ours is gone for good as well, it learns by an attach and a
     * closing detach (AMQP 1.0 §2.6.6). Both go out at once; nobody listens to what comes of them.
     */
    void closeAnew(ProtonLink left, AttachParameters attach) {
        if (session.isLive() && sameDirection(left).get(left.name()) == null) {
            (left.isSender() ? newSender(attach, null) : newReceiver(attach, null)).close(null);
        }
    }

    private void leaveNameTo(String name, LinkNames sameDirection) {
        ProtonLink namesake = sameDirection.get(name);
        if (namesake == null) {
            return;
        }
        if (namesake.state() != LinkState.DETACH_SENT) {
            throw new IllegalArgumentException("link " + name + " is attached already");
        }
        namesake.giveUpUnsent();
        // The engine writes attaches first; the namesake's detach must come before, or the peer takes it for stolen.
        connection.drainEngine();
    }

    // ---- links of the peer

    /**
     * Makes a peer's attach fit for the engine.
     *
     * @return whether the engine shall see it
     */
    boolean beforeAttach(Attach attach) {
        UnsignedInteger handle = attach.getHandle();
        ProtonLink unanswered = byRemoteHandle.get(handle);
        Detach held = unanswered == null ? null : unanswered.giveUpUnanswered();
        if (held != null) {
            // The peer detached before it was answered, and its handle is free for it: the answer cannot wait any
            // longer.
            connection.drainEngine();
            connection.replay(session, held);
        }
        if (byRemoteHandle.containsKey(handle)) {
            // The one error of a session that is answered with a close (§2.7.3).
            throw new ProtocolViolation(AmqpError.HANDLE_IN_USE, "handle " + handle + " has a link attached");
        }
        attachFault = null;
        boolean ourEndSends = attach.getRole() == Role.RECEIVER;
        String name = attach.getName();
        LinkNames sameDirection = ourEndSends ? senders : receivers;
        ProtonLink ours = sameDirection.takeAnswered(name);
        if (ours != null) {
            attach.setName(ours.engineLink().getName());
        } else if (byRemoteHandle.size() > remoteHandleMax) {
            session.fail(AmqpError.NOT_ALLOWED.because("the handle-max of " + remoteHandleMax
                    + " in the begin leaves no handle for the answer to one more attach"));
            return false;
        } else {
            ProtonLink namesake = sameDirection.get(name);
            if (namesake != null) {
                namesake.giveUpUnsent();
                namesake.fail(false, AmqpError.STOLEN.because("link " + name + " was attached again"));
                // The engine writes attaches first; here the detach must come before.
                connection.drainEngine();
            }
            attach.setName(sameDirection.newEngineName(name));
        }
        if (!ourEndSends && attach.getInitialDeliveryCount() == null) {
            attach.setInitialDeliveryCount(UnsignedInteger.ZERO);
            attachFault = AmqpError.INVALID_FIELD.because("initial-delivery-count is missing from a sender's attach");
        }
        String mapFault = UnsettledMaps.faultOf(attach);
        if (mapFault != null) {
            attachFault = AmqpError.INVALID_FIELD.because(mapFault);
        }
        return true;
    }

    /** The engine took a peer's attach in. */
    void onRemoteAttach(Link engineLink, Attach attach, String name) {
        ProtonLink link = (ProtonLink) engineLink.getContext();
        if (link == null) {
            link = engineLink instanceof Sender sender
                    ? new ProtonSendingLink(session, name, sender, LinkState.ATTACH_RECEIVED, null)
                    : new ProtonReceivingLink(session, name, (Receiver) engineLink, LinkState.ATTACH_RECEIVED, null);
            sameDirection(link).add(link);
        }
        byRemoteHandle.put(attach.getHandle(), link);
        if (!connection.quotas().addRemoteLinks(1) && attachFault == null) {
            attachFault = AmqpError.RESOURCE_LIMIT_EXCEEDED.because("too many links on one connection");
        }
        if (link instanceof ProtonReceivingLink receiving && attach.getInitialDeliveryCount() != null) {
            receiving.onInitialDeliveryCount(attach.getInitialDeliveryCount());
        }
        link.onRemoteAttach(ProtonPerformatives.fromEngine(attach, name), attach.getHandle());
        if (link.state() != LinkState.ATTACH_RECEIVED) {
            return;
        }
        if (attachFault != null) {
            connection.onPeerFault(attachFault);
            link.refuse(attachFault);
        } else {
            session.onAttach(link);
        }
    }

    /**
     * A peer's detach came.
     *
     * @return whether the engine shall see it now
     */
    boolean beforeDetach(Detach detach) {
        ProtonLink link = byRemoteHandle.get(detach.getHandle());
        if (link == null) {
            session.fail(AmqpError.UNATTACHED_HANDLE.because("detach for handle " + detach.getHandle()));
            return false;
        }
        if (link.localHandle() == null) {
            // The engine answers no detach once the attach can no longer be answered.
            connection.drainEngine();
        }
        if (link.localHandle() == null) {
            link.hold(detach);
            return false;
        }
        return true;
    }

    // ---- links go

    /** A detach of ours with an error is being written; to be asked for seldom. */
    void onErrorSent(UnsignedInteger localHandle) {
        for (ProtonLink link : byRemoteHandle.values()) {
            if (localHandle.equals(link.localHandle()) && link.state() == LinkState.DETACH_SENT) {
                link.onErrorSent();
            }
        }
    }

    /** Over at both ends: its handle and its name are free. */
    void release(ProtonLink link) {
        UnsignedInteger handle = link.remoteHandle();
        if (handle != null && byRemoteHandle.remove(handle, link)) {
            connection.quotas().addRemoteLinks(-1);
        }
        sameDirection(link).remove(link);
        link.onRetired();
    }

    /** The engine has freed the link, and with it the name. */
    void onFreed(ProtonLink link) {
        sameDirection(link).onFreed(link);
    }

    private LinkNames sameDirection(ProtonLink link) {
        return link.isSender() ? senders : receivers;
    }

    /** Links without handles, of whose deliveries the peer may still speak. */
    Set<ProtonSendingLink> lingering() {
        return lingering;
    }

    /** Messages that are half sent are given up. */
    void giveUpStreams() {
        List.copyOf(byRemoteHandle.values()).forEach(link -> {
            if (link instanceof ProtonSendingLink sending) {
                sending.giveUpStream();
            }
        });
    }

    /** Nothing more is heard of any. */
    void onSessionOver() {
        byRemoteHandle.values().forEach(ProtonLink::onSessionOver);
        var noLonger = List.copyOf(lingering);
        lingering.clear();
        noLonger.forEach(ProtonSendingLink::forgetKept);
        senders.onSessionOver();
        receivers.onSessionOver();
        connection.quotas().addRemoteLinks(-byRemoteHandle.size());
        byRemoteHandle.clear();
    }
}
