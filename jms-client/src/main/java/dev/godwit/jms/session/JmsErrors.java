package dev.godwit.jms.session;

import dev.godwit.jms.provider.ProviderException;
import jakarta.jms.IllegalStateException;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.InvalidClientIDRuntimeException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.InvalidDestinationRuntimeException;
import jakarta.jms.InvalidSelectorException;
import jakarta.jms.InvalidSelectorRuntimeException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.JMSSecurityRuntimeException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageFormatRuntimeException;
import jakarta.jms.MessageNotWriteableException;
import jakarta.jms.MessageNotWriteableRuntimeException;
import jakarta.jms.ResourceAllocationException;
import jakarta.jms.ResourceAllocationRuntimeException;
import jakarta.jms.TransactionInProgressException;
import jakarta.jms.TransactionInProgressRuntimeException;
import jakarta.jms.TransactionRolledBackException;
import jakarta.jms.TransactionRolledBackRuntimeException;
import org.jspecify.annotations.Nullable;

/** A provider's failures, and the checked exceptions, in the exceptions that Jakarta Messaging wants. Stateless. */
final class JmsErrors {
    private JmsErrors() {}

    /** @param what that was being done, for a human */
    static JMSException of(ProviderException failure, String what) {
        String message = what + ": " + failure.getMessage();
        String code = failure.reason().name();
        JMSException exception =
                switch (failure.reason()) {
                    case SECURITY, NO_MECHANISM, UNTRUSTED -> new JMSSecurityException(message, code);
                    case CLIENT_ID_IN_USE -> new InvalidClientIDException(message, code);
                    case INVALID_DESTINATION -> new InvalidDestinationException(message, code);
                    case INVALID_SELECTOR -> new InvalidSelectorException(message, code);
                    case RESOURCE_LIMIT -> new ResourceAllocationException(message, code);
                    case MESSAGE_FORMAT -> new MessageFormatException(message, code);
                    case TRANSACTION_ROLLED_BACK -> new TransactionRolledBackException(message, code);
                    case CLOSED -> new IllegalStateException(message, code);
                    case CONNECTION_LOST,
                            MESSAGE_REFUSED,
                            MESSAGE_RELEASED,
                            TRANSACTION_UNKNOWN,
                            TRANSACTION_IN_DOUBT,
                            NOT_SUPPORTED,
                            BROKER_ERROR -> new JMSException(message, code);
                };
        return withCause(exception, failure);
    }

    static <E extends JMSException> E withCause(E exception, Throwable cause) {
        exception.initCause(cause);
        if (cause instanceof Exception linked) {
            exception.setLinkedException(linked);
        }
        return exception;
    }

    /** The unchecked twin, for the simplified API. */
    static JMSRuntimeException unchecked(JMSException e) {
        String message = String.valueOf(e.getMessage());
        String code = e.getErrorCode();
        if (e instanceof IllegalStateException) {
            return new IllegalStateRuntimeException(message, code, e);
        }
        if (e instanceof InvalidClientIDException) {
            return new InvalidClientIDRuntimeException(message, code, e);
        }
        if (e instanceof InvalidDestinationException) {
            return new InvalidDestinationRuntimeException(message, code, e);
        }
        if (e instanceof InvalidSelectorException) {
            return new InvalidSelectorRuntimeException(message, code, e);
        }
        if (e instanceof JMSSecurityException) {
            return new JMSSecurityRuntimeException(message, code, e);
        }
        if (e instanceof MessageFormatException) {
            return new MessageFormatRuntimeException(message, code, e);
        }
        if (e instanceof MessageNotWriteableException) {
            return new MessageNotWriteableRuntimeException(message, code, e);
        }
        if (e instanceof ResourceAllocationException) {
            return new ResourceAllocationRuntimeException(message, code, e);
        }
        if (e instanceof TransactionInProgressException) {
            return new TransactionInProgressRuntimeException(message, code, e);
        }
        if (e instanceof TransactionRolledBackException) {
            return new TransactionRolledBackRuntimeException(message, code, e);
        }
        return new JMSRuntimeException(message, code, e);
    }

    /** A call of the classic API within the simplified one. */
    interface Call<T> {
        T make() throws JMSException;
    }

    /** As {@link Call}, for one that may give nothing. */
    interface CallOrNull<T> {
        @Nullable
        T make() throws JMSException;
    }

    /** As {@link Call}, for one that gives nothing. */
    interface Action {
        void make() throws JMSException;
    }

    static <T> T unchecked(Call<T> call) {
        try {
            return call.make();
        } catch (JMSException failure) {
            throw unchecked(failure);
        }
    }

    static <T> @Nullable T uncheckedOrNull(CallOrNull<T> call) {
        try {
            return call.make();
        } catch (JMSException failure) {
            throw unchecked(failure);
        }
    }

    static void uncheckedDo(Action action) {
        try {
            action.make();
        } catch (JMSException failure) {
            throw unchecked(failure);
        }
    }
}
