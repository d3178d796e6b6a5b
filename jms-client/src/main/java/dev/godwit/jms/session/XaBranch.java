package dev.godwit.jms.session;

import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import jakarta.jms.JMSException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A branch of a global transaction that a connection works on, from its begin until it is prepared or ended. Several sessions
 * may work on it, each by a thread of its own.
 */
final class XaBranch {
    private final ClientXid name;
    private final GlobalSession control;
    private final GlobalTransaction transaction;

    /** Those that are working on it. */
    private final Set<XaSession> working = ConcurrentHashMap.newKeySet();

    /** Those that have left it to come back. */
    private final Set<XaSession> suspended = ConcurrentHashMap.newKeySet();

    private final AtomicReference<@Nullable JMSException> failure = new AtomicReference<>();

    private volatile boolean over;

    /**
     * @param control in which it was begun
     * @param beginner who works on it first
     */
    XaBranch(ClientXid name, GlobalSession control, GlobalTransaction transaction, XaSession beginner) {
        this.name = name;
        this.control = control;
        this.transaction = transaction;
        working.add(beginner);
    }

    ClientXid name() {
        return name;
    }

    /** The session in which it was begun, and is prepared or ended. */
    GlobalSession control() {
        return control;
    }

    GlobalTransaction transaction() {
        return transaction;
    }

    void join(XaSession session) {
        working.add(session);
    }

    /** The manager does not wait for the work on it to end. */
    void becomeOver() {
        over = true;
    }

    /** Whether it was rolled back while sessions worked on it. */
    boolean isOver() {
        return over;
    }

    boolean isWorkedOnBy(XaSession session) {
        return working.contains(session);
    }

    void suspend(XaSession session) {
        working.remove(session);
        suspended.add(session);
    }

    /** False when the session had not left it to come back. */
    boolean resume(XaSession session) {
        return suspended.remove(session) && working.add(session);
    }

    /** False when the session did not work on it, and was not to come back. */
    boolean leave(XaSession session) {
        boolean worked = working.remove(session);
        return suspended.remove(session) || worked;
    }

    /** True when every session that has worked on it has ended its work. */
    boolean isIdle() {
        return working.isEmpty() && suspended.isEmpty();
    }

    /** It can only be rolled back. */
    void fail(JMSException why) {
        failure.compareAndSet(null, why);
    }

    /** Why it can only be rolled back; null while it may be committed. */
    @Nullable
    JMSException failure() {
        return failure.get();
    }
}
