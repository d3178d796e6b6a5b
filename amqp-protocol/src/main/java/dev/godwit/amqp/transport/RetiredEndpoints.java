package dev.godwit.amqp.transport;

import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.engine.Session;

/**
 * Links and sessions that are over at both ends and still held by the engine: freed when the engine has written its
 * last word of them. Owned by the connection's loop.
 */
final class RetiredEndpoints {
    private List<ProtonLink> links = new ArrayList<>();
    private List<Session> sessions = new ArrayList<>();

    void add(ProtonLink link) {
        links.add(link);
    }

    void add(Session session) {
        sessions.add(session);
    }

    /** To be called when the engine has just been drained. */
    void free(ProtonConnection connection) {
        if (links.isEmpty() && sessions.isEmpty()) {
            return;
        }
        List<ProtonLink> freedLinks = links;
        links = new ArrayList<>();
        for (ProtonLink link : freedLinks) {
            link.forgetDeliveries();
            link.engineLink().free();
            link.session().links().onFreed(link);
        }
        List<Session> freedSessions = sessions;
        sessions = new ArrayList<>();
        freedSessions.forEach(Session::free);
        // Freeing settles what was left, which the engine would now tell the peer; the links are gone, so it must not.
        connection.engine().suppressDispositions(true);
        connection.drainEngine();
        connection.engine().suppressDispositions(false);
    }
}
