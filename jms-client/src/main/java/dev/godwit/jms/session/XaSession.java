package dev.godwit.jms.session;

import dev.godwit.jms.provider.GlobalSession;
import jakarta.jms.JMSException;
import jakarta.jms.QueueSession;
import jakarta.jms.Session;
import jakarta.jms.TopicSession;
import jakarta.jms.TransactionInProgressException;
import jakarta.jms.XAQueueSession;
import jakarta.jms.XATopicSession;
import javax.transaction.xa.XAResource;
import org.jspecify.annotations.Nullable;

/**
 * A session whose work belongs to the branch of a global transaction that its {@link XAResource} has been told to start
 * (Jakarta Messaging §6.3.2). Between two branches what it does belongs to no transaction: a message is sent, and one that is
 * received is acknowledged, at once.
 */
final class XaSession extends ClientSession implements XAQueueSession, XATopicSession {
    private final SessionXaResource resource;

    XaSession(XaConnection connection, GlobalSession provider, String sessionId, Domain domain) {
        super(connection, provider, sessionId, domain, Session.SESSION_TRANSACTED);
        this.resource = new SessionXaResource(this, connection, provider);
    }

    @Override
    boolean isInTransaction() {
        return resource.isInBranch();
    }

    @Override
    public XAResource getXAResource() {
        return resource;
    }

    @Override
    public Session getSession() throws JMSException {
        checkOpen();
        return this;
    }

    @Override
    public QueueSession getQueueSession() throws JMSException {
        checkNot(Domain.TOPIC, "getQueueSession");
        return this;
    }

    @Override
    public TopicSession getTopicSession() throws JMSException {
        checkNot(Domain.QUEUE, "getTopicSession");
        return this;
    }

    @Override
    public void commit() throws JMSException {
        checkOpen();
        throw new TransactionInProgressException("commit: the session's transactions are its XAResource's to end");
    }

    @Override
    public void rollback() throws JMSException {
        checkOpen();
        throw new TransactionInProgressException("rollback: the session's transactions are its XAResource's to end");
    }

    /** What becomes of the work the manager says later (Jakarta Messaging §6.1.8). */
    @Override
    void endWorkAtClose(Deadline deadline) {
        resource.onSessionClosing();
    }

    void onBranchEntered() {
        sends().forgetTransactionFailure();
    }

    /** As {@link #endOfWork}, but has waited long enough. */
    @Nullable
    JMSException endOfWorkAtClose() {
        try {
            if (!sends().isAnswered()) {
                return new JMSException("the session was closed before all that it sent had its answer");
            }
        } catch (JMSException interrupted) {
            return interrupted;
        }
        return endOfWork();
    }

    /**
     * Waits until all that was sent has its answer.
     *
     * @return why what was done cannot be committed; null when it can
     */
    @Nullable
    JMSException endOfWork() {
        try {
            sends().await();
        } catch (JMSException unanswered) {
            return unanswered;
        }
        JMSException failure = sends().transactionFailure();
        sends().forgetTransactionFailure();
        return failure;
    }
}
