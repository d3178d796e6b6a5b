package dev.godwit.jms.session;

import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.JMSException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction manager sees of a session (Jakarta Messaging §6.3, X/Open XA). The branches that it begins are known to
 * all sessions of the connection; those that are prepared the broker knows, for all connections of the same user. A branch
 * that is not prepared ends with the connection.
 *
 * <p>A manager that does not wait for the work to end rolls back from a thread of its own. What the session does then still
 * belongs to the branch, and so fails, until the work is ended or begins anew: it must not happen by itself.
 */
final class SessionXaResource implements XAResource {
    private static final Xid[] NONE = {};

    private final XaSession session;
    private final XaConnection connection;
    private final GlobalSession provider;

    /** The branch to which the session's work belongs, also when that is over; null for none. */
    private volatile @Nullable XaBranch current;

    /** The id of the thread that has begun the work. */
    private volatile long worker;

    SessionXaResource(XaSession session, XaConnection connection, GlobalSession provider) {
        this.session = session;
        this.connection = connection;
        this.provider = provider;
    }

    /** Whether what the session does now belongs to a branch. */
    boolean isInBranch() {
        return current != null;
    }

    @Override
    public void start(@Nullable Xid xid, int flags) throws XAException {
        ClientXid name = checked(xid);
        XaBranch before = current;
        if (before != null && before.isWorkedOnBy(session) && !before.isOver()) {
            throw XaErrors.of(XAException.XAER_PROTO, "the session works on another branch, which has not ended");
        }
        switch (flags) {
            case TMNOFLAGS -> begin(name);
            case TMJOIN -> {
                XaBranch branch = known(name);
                branch.join(session);
                enter(branch);
            }
            case TMRESUME -> {
                XaBranch branch = known(name);
                if (!branch.resume(session)) {
                    throw XaErrors.of(XAException.XAER_PROTO, "the session has not suspended branch " + name);
                }
                enter(branch);
            }
            default -> throw invalid(flags);
        }
    }

    private void begin(ClientXid name) throws XAException {
        if (connection.branches().containsKey(name)) {
            throw XaErrors.of(XAException.XAER_DUPID, "there is a branch " + name + " already");
        }
        GlobalSession control = control(XaErrors::of);
        XaBranch branch;
        try {
            branch = new XaBranch(name, control, declare(control, name), session);
        } catch (JMSException failed) {
            noteEnd(control, failed);
            throw XaErrors.of(failed);
        }
        if (connection.branches().putIfAbsent(name, branch) != null) {
            discharge(branch, false, "giving up branch ");
            throw XaErrors.of(XAException.XAER_DUPID, "there is a branch " + name + " already");
        }
        enter(branch);
    }

    private GlobalTransaction declare(GlobalSession control, ClientXid name) throws JMSException {
        CompletableFuture<GlobalTransaction> declared = control.begin(name.toBytes());
        try {
            return Answers.await(declared, timeoutMillis(), "beginning branch " + name);
        } catch (JMSException failed) {
            // It may have begun at the last moment, and then nobody else would end it.
            var unused = declared.thenCompose(late -> late.discharge(false));
            throw failed;
        }
    }

    private void enter(XaBranch branch) {
        session.onBranchEntered();
        provider.enter(branch.transaction());
        worker = Thread.currentThread().getId();
        current = branch;
    }

    @Override
    public void end(@Nullable Xid xid, int flags) throws XAException {
        ClientXid name = checked(xid);
        if (flags != TMSUCCESS && flags != TMFAIL && flags != TMSUSPEND) {
            throw invalid(flags);
        }
        endLost(name);
        XaBranch branch = known(name);
        if (branch.isWorkedOnBy(session)) {
            if (flags == TMFAIL && worker != Thread.currentThread().getId()) {
                // Whoever works goes on, perhaps: all of it is to be rolled back with the branch.
                branch.fail(new JMSException("its work was ended as failed, by another thread"));
                branch.leave(session);
                return;
            }
            leave(branch);
        } else if (flags == TMSUSPEND) {
            throw XaErrors.of(XAException.XAER_PROTO, "the session does not work on branch " + name);
        }
        if (flags == TMSUSPEND) {
            branch.suspend(session);
        } else if (!branch.leave(session)) {
            throw XaErrors.of(XAException.XAER_PROTO, "the session does not work on branch " + name);
        }
        if (flags == TMFAIL) {
            branch.fail(new JMSException("its work was ended as failed"));
        }
    }

    /** Of a branch that did not wait for this, only the session may still know. */
    private void endLost(ClientXid name) throws XAException {
        XaBranch branch = current;
        if (branch == null || !branch.name().equals(name)) {
            return;
        }
        if (branch.isOver() || !branch.isWorkedOnBy(session)) {
            if (worker == Thread.currentThread().getId()) {
                leave(branch);
            }
            throw XaErrors.of(
                    XAException.XA_RBROLLBACK, "branch " + name + " was given up before the work on it ended");
        }
    }

    /** All that was sent has its answer afterwards, and what follows belongs to no branch. */
    private void leave(XaBranch branch) {
        JMSException failure = session.isEnded() ? null : session.endOfWork();
        if (failure != null) {
            branch.fail(failure);
        }
        current = null;
        provider.enter(null);
    }

    /** Nothing is done any more: the branch is the manager's to end, or somebody else's to work on. */
    void onSessionClosing() {
        XaBranch branch = current;
        JMSException failure = branch == null ? null : session.endOfWorkAtClose();
        if (branch != null && failure != null) {
            branch.fail(failure);
        }
    }

    @Override
    public int prepare(@Nullable Xid xid) throws XAException {
        ClientXid name = checked(xid);
        XaBranch branch = ended(name);
        connection.branches().remove(name, branch);
        boolean isPrepared;
        try {
            isPrepared = Answers.await(branch.transaction().prepare(), timeoutMillis(), "preparing branch " + name);
        } catch (JMSException failed) {
            noteEnd(branch.control(), failed);
            if (XaErrors.isRollback(failed)) {
                session.onChange();
            }
            throw XaErrors.of(failed);
        }
        return isPrepared ? XA_OK : XA_RDONLY;
    }

    @Override
    public void commit(@Nullable Xid xid, boolean onePhase) throws XAException {
        ClientXid name = checked(xid);
        if (onePhase) {
            XaBranch branch = ended(name);
            connection.branches().remove(name, branch);
            discharge(branch, true, "committing branch ");
        } else if (connection.branches().containsKey(name)) {
            throw XaErrors.of(XAException.XAER_PROTO, "branch " + name + " is not prepared");
        } else {
            decide(name, true, "committing branch " + name);
        }
    }

    @Override
    public void rollback(@Nullable Xid xid) throws XAException {
        ClientXid name = checked(xid);
        XaBranch branch = connection.branches().remove(name);
        if (branch == null) {
            decide(name, false, "rolling back branch " + name);
        } else {
            rollBack(branch);
        }
        session.onChange();
    }

    private void decide(ClientXid name, boolean commit, String what) throws XAException {
        GlobalSession control = control(XaErrors::ofEnd);
        end(control, control.decide(name.toBytes(), commit), what);
    }

    private GlobalSession control(Function<JMSException, XAException> failing) throws XAException {
        try {
            return connection.control();
        } catch (JMSException failed) {
            throw failing.apply(failed);
        }
    }

    private void rollBack(XaBranch branch) throws XAException {
        branch.becomeOver();
        discharge(branch, false, "rolling back branch ");
    }

    private void discharge(XaBranch branch, boolean commit, String what) throws XAException {
        end(branch.control(), branch.transaction().discharge(commit), what + branch.name());
    }

    /** Where a scan begins, all that are prepared come at once; it has no more. */
    @Override
    public Xid[] recover(int flags) throws XAException {
        if ((flags & ~(TMSTARTRSCAN | TMENDRSCAN)) != 0) {
            throw invalid(flags);
        }
        if ((flags & TMSTARTRSCAN) == 0) {
            return NONE;
        }
        List<Xid> found = new ArrayList<>();
        Optional<byte[]> next = next(null);
        while (next.isPresent()) {
            ClientXid xid = ClientXid.ofBytes(next.get());
            if (xid != null) {
                found.add(xid);
            }
            next = next(next.get());
        }
        return found.toArray(NONE);
    }

    private Optional<byte[]> next(byte @Nullable [] after) throws XAException {
        GlobalSession control = control(XaErrors::ofEnd);
        return end(control, control.next(after), "asking for prepared branches");
    }

    /** What an operator has decided the broker does not remember. */
    @Override
    public void forget(@Nullable Xid xid) throws XAException {
        throw XaErrors.of(XAException.XAER_NOTA, "nothing was decided heuristically about branch " + checked(xid));
    }

    /** Only sessions of one connection can work on one branch. */
    @Override
    public boolean isSameRM(@Nullable XAResource other) {
        return other instanceof SessionXaResource resource && resource.connection == connection;
    }

    /** How long a branch may last until it is prepared is the broker's to say ({@code transactions.timeout}). */
    @Override
    public int getTransactionTimeout() {
        return 0;
    }

    @Override
    public boolean setTransactionTimeout(int seconds) throws XAException {
        if (seconds < 0) {
            throw XaErrors.of(XAException.XAER_INVAL, "a time cannot be less than nothing: " + seconds);
        }
        return false;
    }

    private static ClientXid checked(@Nullable Xid xid) throws XAException {
        ClientXid name = xid == null ? null : ClientXid.of(xid);
        if (name == null) {
            throw XaErrors.of(XAException.XAER_INVAL, "this is no name of a branch: " + xid);
        }
        return name;
    }

    private XaBranch known(ClientXid name) throws XAException {
        XaBranch branch = connection.branches().get(name);
        if (branch == null) {
            throw XaErrors.of(XAException.XAER_NOTA, "this connection works on no branch " + name);
        }
        return branch;
    }

    /** One on which nobody works any more, and which may be committed; one that has failed is rolled back. */
    private XaBranch ended(ClientXid name) throws XAException {
        XaBranch branch = known(name);
        if (!branch.isIdle()) {
            throw XaErrors.of(XAException.XAER_PROTO, "the work on branch " + name + " has not ended");
        }
        JMSException failure = branch.failure();
        if (failure != null) {
            connection.branches().remove(name, branch);
            rollBack(branch);
            session.onChange();
            throw XaErrors.rolledBack(failure);
        }
        return branch;
    }

    private <T> T end(GlobalSession asked, CompletableFuture<T> answer, String what) throws XAException {
        try {
            return Answers.await(answer, timeoutMillis(), what);
        } catch (JMSException failed) {
            noteEnd(asked, failed);
            throw XaErrors.ofEnd(failed);
        }
    }

    private void noteEnd(GlobalSession asked, JMSException failed) {
        if (Reason.CLOSED.name().equals(failed.getErrorCode())) {
            connection.onControlEnded(asked);
        }
    }

    private long timeoutMillis() {
        return session.settings().requestTimeoutMillis();
    }

    private static XAException invalid(int flags) {
        return XaErrors.of(XAException.XAER_INVAL, "these flags are not for this: 0x" + Integer.toHexString(flags));
    }
}
