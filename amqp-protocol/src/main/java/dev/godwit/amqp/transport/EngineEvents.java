package dev.godwit.amqp.transport;

import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.engine.Collector;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Session;

/**
 * What the engine made of a frame, handed on to whom it concerns: the one switch. Owned by the connection's loop. The
 * engine's endpoints carry ours as their context.
 */
final class EngineEvents {
    private final ProtonConnection connection;
    private final FrameGuard guard;
    private final Collector collector = Proton.collector();
    private boolean dispatching;

    EngineEvents(ProtonConnection connection, FrameGuard guard, Connection engineConnection) {
        this.connection = connection;
        this.guard = guard;
        engineConnection.collect(collector);
    }

    /** Hands on all there is; called after each frame, so an event and its frame are at hand together. */
    void dispatch() {
        if (dispatching) {
            return;
        }
        dispatching = true;
        try {
            for (Event event = collector.peek(); event != null; event = collector.peek()) {
                Event.Type type = event.getType();
                Object subject = event.getContext();
                collector.pop();
                dispatch(type, subject);
            }
        } finally {
            dispatching = false;
        }
    }

    private void dispatch(Event.Type type, Object subject) {
        switch (type) {
            case CONNECTION_REMOTE_OPEN -> connection.onRemoteOpen();
            case CONNECTION_REMOTE_CLOSE -> connection.onRemoteClose();
            case SESSION_REMOTE_OPEN -> guard.onSessionBegun((Session) subject);
            case SESSION_REMOTE_CLOSE -> onSessionEnded((Session) subject);
            case LINK_REMOTE_OPEN -> guard.onLinkAttached((Link) subject);
            case LINK_REMOTE_DETACH -> onLinkDetached((Link) subject, false);
            case LINK_REMOTE_CLOSE -> onLinkDetached((Link) subject, true);
            case LINK_FLOW -> onFlow(((Link) subject).getContext());
            case DELIVERY -> onDelivery((Delivery) subject);
            default -> {
                // Echoes of what we did ourselves.
            }
        }
    }

    private static void onSessionEnded(Session engineSession) {
        ((ProtonSession) engineSession.getContext())
                .onRemoteEnd(ProtonValues.fromEngine(engineSession.getRemoteCondition()));
    }

    private static void onLinkDetached(Link engineLink, boolean closed) {
        ((ProtonLink) engineLink.getContext())
                .onRemoteDetach(closed, ProtonValues.fromEngine(engineLink.getRemoteCondition()));
    }

    private static void onFlow(Object link) {
        if (link instanceof ProtonReceivingLink receiving) {
            receiving.onFlow();
        }
    }

    private static void onDelivery(Delivery delivery) {
        if (delivery.getLink().getContext() instanceof ProtonReceivingLink receiving) {
            receiving.onDelivery(delivery);
        }
    }
}
