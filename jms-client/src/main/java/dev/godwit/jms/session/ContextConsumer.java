package dev.godwit.jms.session;

import static dev.godwit.jms.session.JmsErrors.uncheckedDo;
import static dev.godwit.jms.session.JmsErrors.uncheckedOrNull;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jspecify.annotations.Nullable;

/** A consumer of the simplified API over one of the classic. Used as its context is. */
final class ContextConsumer implements JMSConsumer {
    private final SessionConsumer consumer;

    ContextConsumer(SessionConsumer consumer) {
        this.consumer = consumer;
    }

    @Override
    public @Nullable String getMessageSelector() {
        return uncheckedOrNull(consumer::getMessageSelector);
    }

    @Override
    public @Nullable MessageListener getMessageListener() {
        return uncheckedOrNull(consumer::getMessageListener);
    }

    @Override
    public void setMessageListener(@Nullable MessageListener listener) {
        uncheckedDo(() -> consumer.setMessageListener(listener));
    }

    @Override
    public @Nullable Message receive() {
        return uncheckedOrNull(consumer::receive);
    }

    @Override
    public @Nullable Message receive(long timeout) {
        return uncheckedOrNull(() -> consumer.receive(timeout));
    }

    @Override
    public @Nullable Message receiveNoWait() {
        return uncheckedOrNull(consumer::receiveNoWait);
    }

    @Override
    public void close() {
        uncheckedDo(consumer::close);
    }

    @Override
    public <T> @Nullable T receiveBody(Class<T> type) {
        return uncheckedOrNull(() -> consumer.receiveBody(type, Long.MAX_VALUE));
    }

    @Override
    public <T> @Nullable T receiveBody(Class<T> type, long timeout) {
        if (timeout < 0) {
            throw new JMSRuntimeException("a timeout is 0 for no limit, or positive: " + timeout);
        }
        return uncheckedOrNull(() -> consumer.receiveBody(type, timeout == 0 ? Long.MAX_VALUE : timeout));
    }

    @Override
    public <T> @Nullable T receiveBodyNoWait(Class<T> type) {
        return uncheckedOrNull(() -> consumer.receiveBody(type, 0));
    }
}
