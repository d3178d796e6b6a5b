package dev.godwit.broker.filter;

import dev.godwit.broker.message.Message;

/**
 * Says which messages somebody wants to have (AMQP 1.0 §3.5.8). It looks at what stands before the body and never opens
 * that. Owned by one event loop: it may keep what it decoded for the next question.
 */
public interface MessageFilter {
    boolean matches(Message message);
}
