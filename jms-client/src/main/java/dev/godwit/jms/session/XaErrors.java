package dev.godwit.jms.session;

import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.JMSException;
import java.util.Map;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;

/** What fails, in the codes that a transaction manager understands. Stateless. */
final class XaErrors {
    private static final Map<String, Integer> CODES = Map.of(
            Reason.TRANSACTION_ROLLED_BACK.name(),
            XAException.XA_RBROLLBACK,
            Reason.TRANSACTION_UNKNOWN.name(),
            XAException.XAER_NOTA,
            // Nobody can tell what became of it now: the manager is to ask again, or to say so.
            Reason.TRANSACTION_IN_DOUBT.name(),
            XAException.XAER_RMFAIL,
            Reason.CONNECTION_LOST.name(),
            XAException.XAER_RMFAIL,
            Reason.CLOSED.name(),
            XAException.XAER_RMFAIL,
            Answers.TIMEOUT,
            XAException.XAER_RMFAIL,
            Answers.INTERRUPTED,
            XAException.XAER_RMFAIL);

    private XaErrors() {}

    static XAException of(int code, String message) {
        return of(code, message, null);
    }

    private static XAException of(int code, String message, @Nullable Throwable cause) {
        XAException exception = new XAException(message);
        exception.errorCode = code;
        if (cause != null) {
            exception.initCause(cause);
        }
        return exception;
    }

    /** Of what begins or prepares a branch. */
    static XAException of(JMSException failure) {
        return of(failure, XAException.XAER_RMERR);
    }

    /**
     * Of what ends a branch, or asks for those that are prepared. What is not known for sure is to be tried again: XAER_RMERR
     * of a commit would mean that the branch was rolled back (X/Open XA, xa_commit).
     */
    static XAException ofEnd(JMSException failure) {
        return of(failure, XAException.XAER_RMFAIL);
    }

    private static XAException of(JMSException failure, int otherwise) {
        String code = failure.getErrorCode();
        return of(
                code == null ? otherwise : CODES.getOrDefault(code, otherwise),
                String.valueOf(failure.getMessage()),
                failure);
    }

    /** The branch was rolled back, or is to be. */
    static XAException rolledBack(JMSException why) {
        return of(XAException.XA_RBROLLBACK, "the branch can only be rolled back: " + why.getMessage(), why);
    }

    /** Whether a failure means that nothing of the branch has happened. */
    static boolean isRollback(JMSException failure) {
        return Reason.TRANSACTION_ROLLED_BACK.name().equals(failure.getErrorCode());
    }
}
