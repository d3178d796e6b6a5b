package dev.godwit.jms.message;

import jakarta.jms.JMSException;

/** What {@link jakarta.jms.Message#acknowledge} does: the receiving session's part in a message. */
public interface Acknowledgement {
    /** A message that no session has received: there is nothing to acknowledge. */
    Acknowledgement NONE = () -> {};

    void acknowledge() throws JMSException;
}
