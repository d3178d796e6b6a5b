package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.LargeMessage;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.transaction.Transaction;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes out on one consumer link that has joined its queue: message after message, a large one part by part, while
 * others wait behind it. Owned by the connection's event loop; lives as long as the link.
 */
final class Outflow {
    private static final Logger log = LoggerFactory.getLogger(Outflow.class);

    /** So many messages in a row may be too long for the peer: it would go through a whole queue on one credit. */
    private static final int PASSED_OVER_MAX = 100;

    /** A header section takes no more, with an identity behind it. */
    private static final int HEADER_BYTES_MAX = 128;

    /**
     * What the peer wants.
     *
     * @param presettled it is sent messages settled
     * @param copies it only looks: what it is sent stays in the queue
     * @param messageBytesMax it takes no longer message on this link (AMQP 1.0 §2.7.3)
     * @param identified it wants to know messages again
     * @param journal stands for the journal, in what it knows them by
     */
    record Terms(boolean presettled, boolean copies, long messageBytesMax, boolean identified, long journal) {}

    private final SendingLink link;
    private final ConsumerLink consumer;
    private final ConsumerDoor door;
    private final ConsumerAllowance allowance;
    private final Acquisitions acquisitions;
    private final Retirements retirements;
    private final LostDeliveries lost;
    private final Terms terms;

    /** The large message that is going out, and what the queue has given us behind it, or what waits for credit. */
    private @Nullable LargeMessageDelivery large;

    private final ArrayDeque<QueueEntry> behind = new ArrayDeque<>();

    /** Messages in a row that were longer than the peer takes. */
    private int passedOver;

    Outflow(
            SendingLink link,
            ConsumerLink consumer,
            ConsumerDoor door,
            Acquisitions acquisitions,
            Retirements retirements,
            LostDeliveries lost,
            Terms terms) {
        this.link = link;
        this.consumer = consumer;
        this.door = door;
        this.allowance = new ConsumerAllowance(link, door);
        this.acquisitions = acquisitions;
        this.retirements = retirements;
        this.lost = lost;
        this.terms = terms;
    }

    /** There is room in the socket, or credit, or the peer wants all that there is. */
    void goOn() {
        if (large != null) {
            large.goOn();
        }
        while (large == null && !behind.isEmpty() && link.credit() > 0) {
            send(behind.removeFirst());
        }
        if (link.isDraining()) {
            allowance.drain(behind.size());
        } else {
            updateAllowance();
        }
    }

    private void updateAllowance() {
        if (large == null) {
            allowance.update(behind.size());
        }
    }

    /** The queue has given all that it may, or all that it had. */
    void onDrained() {
        if (allowance.onDrained(behind.size())) {
            goOn();
        } else {
            updateAllowance();
        }
    }

    /** The queue has given us a message. */
    void take(QueueEntry entry) {
        allowance.onReceived();
        if (large != null || !behind.isEmpty()) {
            behind.addLast(entry);
        } else {
            send(entry);
        }
    }

    private void send(QueueEntry entry) {
        if (LostDeliveries.isLost(entry)) {
            // Others may have it by now, or we again.
            updateAllowance();
            return;
        }
        if (link.credit() == 0) {
            // The peer took its credit back while this one was on its way.
            if (terms.copies()) {
                behind.addFirst(entry);
            } else {
                door.giveBack(entry, false, false);
            }
            return;
        }
        var parts = entry.large();
        if (parts != null) {
            if (bytesAtMost(entry, parts) > terms.messageBytesMax()) {
                passOver(entry, parts.encodedBytes());
            } else {
                sendLarge(entry, parts);
            }
            return;
        }
        var message = entry.takeMessage();
        if (message == null) {
            throw new IllegalStateException("link " + link.name() + " was given a message without its bytes");
        }
        var added = annotationsOf(entry);
        long leftMillis = entry.leftMillis();
        ByteBuffer head;
        ByteBuffer tail;
        if (added == null) {
            head = message.head(entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis, identityOf(entry));
            tail = message.tail(head);
        } else {
            var rewritten = message.rewritten(
                    entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis, added, identityOf(entry));
            head = rewritten.head();
            tail = rewritten.tail();
        }
        if (head.remaining() + tail.remaining() > terms.messageBytesMax()) {
            passOver(entry, message.sizeBytes());
        } else {
            send(entry, message, leftMillis, head, tail);
        }
    }

    private void send(QueueEntry entry, Message message, long leftMillis, ByteBuffer head, ByteBuffer tail) {
        passedOver = 0;
        entry.onSent();
        // Only what is sent is an operation of the transaction.
        var acquiring = acquisitions.acquire();
        if (acquiring == null) {
            entry.onDelivered();
        }
        if (!terms.presettled()) {
            lost.beforeSending(link, entry);
        }
        var delivery =
                link.send(head, tail, terms.presettled(), acquiring == null ? null : Acquisitions.stateOf(acquiring));
        if (terms.presettled()) {
            consumePresettled(entry, acquiring);
        } else if (acquiring != null) {
            acquisitions.onSent(delivery, entry, acquiring);
            lost.onSent(delivery, entry);
        } else {
            delivery.attach(entry);
            lost.onSent(delivery, entry);
            consumer.keep(delivery, entry, message, leftMillis);
        }
        updateAllowance();
    }

    /** Null for one that is lost with the broker, or when nobody asked. */
    private @Nullable ByteBuffer identityOf(QueueEntry entry) {
        return terms.identified() ? entry.identity(terms.journal()) : null;
    }

    private void consumePresettled(QueueEntry entry, @Nullable Transaction acquiring) {
        if (acquiring == null) {
            door.consume(entry);
        } else if (acquiring.isActive()) {
            retirements.onSentSettled(entry, acquiring);
        } else {
            acquisitions.onSentLate(entry, acquiring);
        }
    }

    /** Who has a message with its delivery need not hear for how long. */
    private @Nullable AddedAnnotations annotationsOf(QueueEntry entry) {
        return terms.presettled() ? entry.annotations() : entry.annotationsToSend();
    }

    /** What is written before a message that comes again is not known before its first part was read. */
    private long bytesAtMost(QueueEntry entry, LargeMessage parts) {
        var added = annotationsOf(entry);
        boolean asItCame = added == null
                && !terms.identified()
                && entry.deliveryCount() == 0
                && !entry.wasAcquiredBefore()
                && !entry.mayExpire();
        return asItCame
                ? parts.encodedBytes()
                : parts.encodedBytes() + HEADER_BYTES_MAX + (added == null ? 0 : added.heapBytes());
    }

    /** The message stays in its queue for consumers that take longer ones; this link is not given it again. */
    private void passOver(QueueEntry entry, long messageBytes) {
        passedOver++;
        if (passedOver > PASSED_OVER_MAX) {
            // What it has gone through waits beside the queue's line for others, and takes memory there.
            consumer.closeFor(AmqpError.MESSAGE_SIZE_EXCEEDED.because("more than " + PASSED_OVER_MAX
                    + " messages in a row are longer than the " + terms.messageBytesMax() + " bytes that link "
                    + link.name()
                    + " takes: raise its max-message-size, or have others consume the long messages first"));
            return;
        }
        if (passedOver == 1) {
            log.debug(
                    "{} takes messages of up to {} bytes on a link: one of {} stays in its queue for others",
                    consumer.name(),
                    terms.messageBytesMax(),
                    messageBytes);
        }
        door.giveBack(entry, false, true);
        updateAllowance();
    }

    private void sendLarge(QueueEntry entry, LargeMessage parts) {
        passedOver = 0;
        entry.onSent();
        var acquiring = acquisitions.acquire();
        if (!terms.presettled()) {
            lost.beforeSending(link, entry);
        }
        var stream = link.stream(terms.presettled(), acquiring == null ? null : Acquisitions.stateOf(acquiring));
        if (acquiring != null && !terms.presettled()) {
            acquisitions.onSent(stream.delivery(), entry, acquiring);
            lost.onSent(stream.delivery(), entry);
        } else if (!terms.presettled()) {
            stream.delivery().attach(entry);
            lost.onSent(stream.delivery(), entry);
            consumer.keep(stream.delivery(), entry, null, 0);
        }
        var begun = new LargeMessageDelivery(
                entry,
                annotationsOf(entry),
                identityOf(entry),
                parts,
                stream,
                door::readParts,
                new LargeMessageDelivery.Ending() {
                    @Override
                    public void onSent(LargeMessageDelivery delivery) {
                        if (terms.presettled()) {
                            consumePresettled(entry, acquiring);
                        } else if (stream.delivery().attachment() == entry) {
                            entry.onDelivered();
                        }
                        sendBehind();
                    }

                    @Override
                    public void onUnreadable(LargeMessageDelivery delivery, String problem) {
                        door.setAside(entry, problem);
                        consumer.letGo(stream.delivery());
                        sendBehind();
                    }
                });
        large = begun;
        begun.goOn();
    }

    /** The large message is off the link: the others follow. */
    void sendBehind() {
        large = null;
        while (large == null && !behind.isEmpty() && (link.credit() > 0 || !terms.copies())) {
            send(behind.removeFirst());
        }
        consumer.onSendable(link);
    }

    /** True while the peer has not been sent all of it. */
    boolean isSending(QueueEntry entry) {
        return large != null && large.entry() == entry;
    }

    /** The peer has heard enough of it: true when it had not been sent all, so that others wait behind. */
    boolean cutOff(QueueEntry entry) {
        if (large == null || !isSending(entry)) {
            return false;
        }
        large.cancel();
        return true;
    }

    /** It is not to be sent; true when it had not begun to be. */
    boolean forget(QueueEntry entry) {
        return behind.remove(entry);
    }

    /** The link is to be resumed: the queue gives no more, and what has not been sent goes back. */
    void suspend(Consumer<QueueEntry> giveBack) {
        allowance.withdraw();
        behind.forEach(giveBack);
        giveUp();
    }

    /** The link ends: what has not been sent goes back with the rest. */
    void giveUp() {
        behind.clear();
        if (large != null) {
            large.cancel();
            large = null;
        }
    }
}
