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
            // Of what was committed in one phase the broker knows no more: the manager is to see that it cannot be
            // told.
            Reason.TRANSACTION_IN_DOUBT.name(),
            XAException.XAER_RMFAIL,
            Reason.CONNECTION_LOST.name(),
            XAException.XAER_RMFAIL,
            Reason.CLOSED.name(),
            XAException.XAER_RMFAIL,
            "TIMEOUT",
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

    static XAException of(JMSException failure) {
        String message = String.valueOf(failure.getMessage());
        String code = failure.getErrorCode();
        return of(
                code == null ? XAException.XAER_RMERR : CODES.getOrDefault(code, XAException.XAER_RMERR),
                message,
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
