package dev.godwit.jms.session;

import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.ProviderException;
import jakarta.jms.JMSException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a provider's answers: every wait ends with the answer, or an exception that says what and how long. */
final class Answers {
    /** The error code of what was not answered in time. */
    static final String TIMEOUT = "TIMEOUT";

    /** The error code of what was given up because its thread was interrupted. */
    static final String INTERRUPTED = "INTERRUPTED";

    private Answers() {}

    /**
     * @param what that is being done, for a human
     * @throws JMSException the provider's failure, a timeout, or an interruption (the thread stays interrupted)
     */
    static <T> T await(CompletableFuture<T> answer, long timeoutMillis, String what) throws JMSException {
        try {
            return timeoutMillis == ConnectionSettings.NO_LIMIT
                    ? answer.get()
                    : answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            // Who asks on our behalf need not go on.
            answer.cancel(false);
            throw JmsErrors.withCause(
                    new JMSException(what + ": no answer within " + timeoutMillis + " ms" + whom(answer), TIMEOUT),
                    late);
        } catch (InterruptedException interrupted) {
            answer.cancel(false);
            Thread.currentThread().interrupt();
            throw JmsErrors.withCause(
                    new JMSException(what + ": interrupted while waiting for the answer", INTERRUPTED), interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof ProviderException known) {
                throw JmsErrors.of(known, what);
            }
            throw JmsErrors.withCause(new JMSException(what + ": " + failed.getCause()), failed);
        }
    }

    private static String whom(CompletableFuture<?> answer) {
        return answer instanceof PendingAnswer<?> pending ? "; " + pending.whom() : "";
    }
}
