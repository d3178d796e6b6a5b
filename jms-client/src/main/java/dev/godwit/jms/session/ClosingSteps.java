package dev.godwit.jms.session;

import jakarta.jms.JMSException;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a close: each is made whatever came of those before it, because what has been closed must be gone. Used by one
 * thread.
 */
final class ClosingSteps {
    private @Nullable JMSException first;

    void make(JmsErrors.Action step) {
        try {
            step.make();
        } catch (JMSException failed) {
            note(failed);
        } catch (RuntimeException failed) {
            note(JmsErrors.withCause(new JMSException("closing a session: " + failed), failed));
        }
    }

    private void note(JMSException failed) {
        if (first == null) {
            first = failed;
        } else {
            first.addSuppressed(failed);
        }
    }

    /** @throws JMSException the first failure, with the others */
    void end() throws JMSException {
        if (first != null) {
            throw first;
        }
    }
}
