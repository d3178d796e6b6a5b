package dev.godwit.jms.session;

import dev.godwit.jms.provider.ProviderSession;
import jakarta.jms.JMSException;
import jakarta.jms.TransactionRolledBackException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transactions of a transacted session, one after the other (Jakarta Messaging §6.2.7). Used by the session's thread. */
final class LocalTransaction {
    private static final Logger LOG = LoggerFactory.getLogger(LocalTransaction.class);

    private final ClientSession session;
    private final ProviderSession provider;
    private final SessionSends sends;
    private final SessionConsumers consumers;

    LocalTransaction(ClientSession session, ProviderSession provider, SessionSends sends, SessionConsumers consumers) {
        this.session = session;
        this.provider = provider;
        this.sends = sends;
        this.consumers = consumers;
    }

    /** @throws TransactionRolledBackException when it cannot be committed */
    void commit() throws JMSException {
        sends.await();
        JMSException failure = sends.transactionFailure();
        if (failure == null && provider.isTransactionLost()) {
            undo();
            throw new TransactionRolledBackException(
                    "rolled back, because the connection was lost during the transaction");
        }
        if (failure != null) {
            undo();
            throw JmsErrors.withCause(
                    new TransactionRolledBackException(
                            "rolled back, because a send of the transaction failed: " + failure.getMessage()),
                    failure);
        }
        Answers.await(provider.commit(), session.settings().requestTimeoutMillis(), "committing");
    }

    void rollback() throws JMSException {
        try {
            sends.await();
        } catch (JMSException unanswered) {
            try {
                undo();
            } catch (JMSException failed) {
                failed.addSuppressed(unanswered);
                throw failed;
            }
            // What has no answer yet may still go out, and would be in the transaction that has just begun.
            sends.failTransaction(unanswered);
            throw unanswered;
        }
        undo();
    }

    /** Until the broker says that it has rolled back, the transaction stays one that cannot be committed. */
    private void undo() throws JMSException {
        try {
            consumers.giveBackArrived();
        } catch (JMSException failed) {
            LOG.warn("Before a rollback, whose messages may come in another order: {}", failed.getMessage());
        }
        Answers.await(provider.rollback(), session.settings().requestTimeoutMillis(), "rolling back");
        sends.forgetTransactionFailure();
        session.onChange();
    }
}
