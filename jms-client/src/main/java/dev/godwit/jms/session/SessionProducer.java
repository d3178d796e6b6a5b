package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.message.GodwitMessage;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.Sender;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatException;
import jakarta.jms.Queue;
import jakarta.jms.QueueSender;
import jakarta.jms.Topic;
import jakarta.jms.TopicPublisher;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A producer: fills in the headers of each message and sends it. Used by its session's thread; {@link #close} may come
 * from any thread.
 *
 * <p>A persistent message outside a transaction is sent synchronously: the call returns when the broker has taken the
 * message, or throws. Others are sent without waiting; what fails then is told to the connection's exception listener,
 * or, in a transaction, makes the commit fail.
 */
final class SessionProducer implements QueueSender, TopicPublisher {
    private final ClientSession session;
    private final @Nullable Destination destination;
    private final SenderCache senders;
    private final MessageIds messageIds;
    private volatile boolean closed;
    private int deliveryMode = Message.DEFAULT_DELIVERY_MODE;
    private int priority = Message.DEFAULT_PRIORITY;
    private long timeToLive = Message.DEFAULT_TIME_TO_LIVE;
    private long deliveryDelay = Message.DEFAULT_DELIVERY_DELAY;
    private boolean messageIdDisabled;
    private boolean timestampDisabled;

    /** @param destination null for a producer that is told the destination with each message */
    SessionProducer(
            ClientSession session, @Nullable Destination destination, SenderCache senders, MessageIds messageIds) {
        this.session = session;
        this.destination = destination;
        this.senders = senders;
        this.messageIds = messageIds;
    }

    @Override
    public void setDisableMessageID(boolean value) throws JMSException {
        checkOpen();
        messageIdDisabled = value;
    }

    @Override
    public boolean getDisableMessageID() throws JMSException {
        checkOpen();
        return messageIdDisabled;
    }

    @Override
    public void setDisableMessageTimestamp(boolean value) throws JMSException {
        checkOpen();
        timestampDisabled = value;
    }

    @Override
    public boolean getDisableMessageTimestamp() throws JMSException {
        checkOpen();
        return timestampDisabled;
    }

    @Override
    public void setDeliveryMode(int deliveryMode) throws JMSException {
        checkOpen();
        checkDeliveryMode(deliveryMode);
        this.deliveryMode = deliveryMode;
    }

    @Override
    public int getDeliveryMode() throws JMSException {
        checkOpen();
        return deliveryMode;
    }

    @Override
    public void setPriority(int defaultPriority) throws JMSException {
        checkOpen();
        checkPriority(defaultPriority);
        this.priority = defaultPriority;
    }

    @Override
    public int getPriority() throws JMSException {
        checkOpen();
        return priority;
    }

    @Override
    public void setTimeToLive(long timeToLive) throws JMSException {
        checkOpen();
        if (timeToLive < 0) {
            throw new JMSException("a time to live is 0 for ever, or positive: " + timeToLive);
        }
        this.timeToLive = timeToLive;
    }

    @Override
    public long getTimeToLive() throws JMSException {
        checkOpen();
        return timeToLive;
    }

    @Override
    public void setDeliveryDelay(long deliveryDelay) throws JMSException {
        checkOpen();
        if (deliveryDelay < 0) {
            throw new JMSException("a delivery delay is 0 or positive: " + deliveryDelay);
        }
        this.deliveryDelay = deliveryDelay;
    }

    @Override
    public long getDeliveryDelay() throws JMSException {
        checkOpen();
        return deliveryDelay;
    }

    @Override
    public @Nullable Destination getDestination() throws JMSException {
        checkOpen();
        return destination;
    }

    @Override
    public @Nullable Queue getQueue() throws JMSException {
        return (Queue) getDestination();
    }

    @Override
    public @Nullable Topic getTopic() throws JMSException {
        return (Topic) getDestination();
    }

    @Override
    public void send(Message message) throws JMSException {
        send(message, deliveryMode, priority, timeToLive);
    }

    @Override
    public void send(Message message, int deliveryMode, int priority, long timeToLive) throws JMSException {
        transmit(ownDestination(), message, deliveryMode, priority, timeToLive, null);
    }

    @Override
    public void send(Destination destination, Message message) throws JMSException {
        send(destination, message, deliveryMode, priority, timeToLive);
    }

    @Override
    public void send(Destination destination, Message message, int deliveryMode, int priority, long timeToLive)
            throws JMSException {
        transmit(otherDestination(destination), message, deliveryMode, priority, timeToLive, null);
    }

    @Override
    public void send(Message message, CompletionListener completionListener) throws JMSException {
        send(message, deliveryMode, priority, timeToLive, completionListener);
    }

    @Override
    public void send(
            Message message, int deliveryMode, int priority, long timeToLive, CompletionListener completionListener)
            throws JMSException {
        transmit(ownDestination(), message, deliveryMode, priority, timeToLive, checked(completionListener));
    }

    @Override
    public void send(Destination destination, Message message, CompletionListener completionListener)
            throws JMSException {
        send(destination, message, deliveryMode, priority, timeToLive, completionListener);
    }

    @Override
    public void send(
            Destination destination,
            Message message,
            int deliveryMode,
            int priority,
            long timeToLive,
            CompletionListener completionListener)
            throws JMSException {
        transmit(
                otherDestination(destination),
                message,
                deliveryMode,
                priority,
                timeToLive,
                checked(completionListener));
    }

    @Override
    public void send(Queue queue, Message message) throws JMSException {
        send((Destination) queue, message);
    }

    @Override
    public void send(Queue queue, Message message, int deliveryMode, int priority, long timeToLive)
            throws JMSException {
        send((Destination) queue, message, deliveryMode, priority, timeToLive);
    }

    @Override
    public void publish(Message message) throws JMSException {
        send(message);
    }

    @Override
    public void publish(Message message, int deliveryMode, int priority, long timeToLive) throws JMSException {
        send(message, deliveryMode, priority, timeToLive);
    }

    @Override
    public void publish(Topic topic, Message message) throws JMSException {
        send((Destination) topic, message);
    }

    @Override
    public void publish(Topic topic, Message message, int deliveryMode, int priority, long timeToLive)
            throws JMSException {
        send((Destination) topic, message, deliveryMode, priority, timeToLive);
    }

    @Override
    public void close() throws JMSException {
        if (!closed) {
            if (session.sends().isCompleting()) {
                throw new IllegalStateException("a producer cannot be closed from its session's completion listener");
            }
            session.sends().await();
            closed = true;
            session.remove(this);
            senders.close();
        }
    }

    /** The session has ended, and with it the links. */
    void onSessionClosed() {
        closed = true;
    }

    private void transmit(
            Destination target,
            Message message,
            int mode,
            int level,
            long lifetime,
            @Nullable CompletionListener listener)
            throws JMSException {
        checkDeliveryMode(mode);
        checkPriority(level);
        if (lifetime < 0) {
            throw new JMSException("a time to live is 0 for ever, or positive: " + lifetime);
        }
        Address address = GodwitDestination.addressOf(target);
        session.connection().checkSendable(target);
        if (message == null) {
            throw new MessageFormatException("the message is null");
        }
        GodwitMessage ours = session.messages().ours(message);
        stamp(ours, target, mode, level, lifetime);
        if (ours != message) {
            showHeaders(ours, message);
        }
        transmit(address, ours, message, listener);
    }

    private void stamp(GodwitMessage ours, Destination target, int mode, int level, long lifetime) throws JMSException {
        long now = System.currentTimeMillis();
        ours.setJMSDestination(target);
        ours.setJMSDeliveryMode(mode);
        ours.setJMSPriority(level);
        ours.setJMSTimestamp(timestampDisabled ? 0 : now);
        ours.setJMSMessageID(messageIdDisabled ? null : messageIds.next());
        ours.setJMSExpiration(expiration(now, lifetime));
        ours.setJMSRedelivered(false);
        MessageEnvelope envelope = ours.toEnvelope();
        envelope.setTimeToLiveMillis(lifetime);
        // A message that is sent on is another part of the trace, if of any.
        envelope.setTraceContext(Map.of());
        // Who the sender is, is not for the application to say, nor for a message that is sent on.
        envelope.setUserId(
                session.settings().sending().populatesUserId()
                        ? session.connection().user()
                        : null);
        envelope.setDeliveryTime(now + deliveryDelay, deliveryDelay > 0);
    }

    /** 0, never, also for an end beyond all time. */
    private static long expiration(long now, long lifetime) {
        return lifetime == 0 || lifetime > Long.MAX_VALUE - now ? 0 : now + lifetime;
    }

    /** The headers that a send sets are to be seen in the application's message, whoever made it (§3.4). */
    private static void showHeaders(GodwitMessage ours, Message message) throws JMSException {
        message.setJMSDestination(ours.getJMSDestination());
        message.setJMSDeliveryMode(ours.getJMSDeliveryMode());
        message.setJMSPriority(ours.getJMSPriority());
        message.setJMSTimestamp(ours.getJMSTimestamp());
        message.setJMSMessageID(ours.getJMSMessageID());
        message.setJMSExpiration(ours.getJMSExpiration());
        message.setJMSDeliveryTime(ours.getJMSDeliveryTime());
    }

    private void transmit(Address address, GodwitMessage ours, Message message, @Nullable CompletionListener listener)
            throws JMSException {
        String what = "sending to " + address;
        try {
            Sender sender = senders.to(address);
            if (deliveryDelay > 0 && !sender.delaysDelivery()) {
                throw new JMSException(what + ": the broker does not offer delayed delivery");
            }
            Sender.Encoded encoded = sender.encode(ours.toEnvelope());
            if (listener == null) {
                session.sends().send(sender, encoded, ours.getJMSDeliveryMode(), what);
            } else {
                session.sends().send(sender, encoded, message, listener, what);
            }
        } catch (ProviderException failure) {
            throw JmsErrors.of(failure, what);
        }
    }

    private Destination ownDestination() throws JMSException {
        checkOpen();
        if (destination == null) {
            throw new UnsupportedOperationException("the producer has no destination: name one with the message");
        }
        return destination;
    }

    private Destination otherDestination(@Nullable Destination other) throws JMSException {
        checkOpen();
        if (destination != null) {
            throw new UnsupportedOperationException("the producer has a destination, and sends to no other");
        }
        if (other == null) {
            throw new InvalidDestinationException("the destination is null");
        }
        return other;
    }

    private void checkOpen() throws JMSException {
        if (closed) {
            throw new IllegalStateException("the producer is closed");
        }
        session.checkUsable();
    }

    private static CompletionListener checked(@Nullable CompletionListener listener) {
        if (listener == null) {
            throw new IllegalArgumentException("the completion listener is null");
        }
        return listener;
    }

    private static void checkDeliveryMode(int mode) throws JMSException {
        if (mode != DeliveryMode.PERSISTENT && mode != DeliveryMode.NON_PERSISTENT) {
            throw new JMSException("no such delivery mode: " + mode);
        }
    }

    private static void checkPriority(int level) throws JMSException {
        if (level < 0 || level > 9) {
            throw new JMSException("a priority is 0 to 9, not " + level);
        }
    }
}
