package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A client's session: where links come in. Owned by its connection's loop. */
final class BrokerSession implements SessionListener {
    private final BrokerConnection connection;
    private final SuspendedTermini suspended;
    private final Set<BrokerLink> links = new LinkedHashSet<>();
    private final Set<DetachedConsumer> detached = new LinkedHashSet<>();

    BrokerSession(BrokerConnection connection) {
        this.connection = connection;
        this.suspended = new SuspendedTermini(connection.owner());
    }

    BrokerConnection connection() {
        return connection;
    }

    @Override
    public void onBegin(Session session) {
        throw new IllegalStateException("this container begins no sessions of its own");
    }

    @Override
    public void onAttach(SendingLink link) {
        if (ManagementAttach.isMeant(link)) {
            new ManagementAttach(this).decide(link);
        } else {
            new Resumption(this).ofConsumer(link, terminus -> new ConsumerAttach(this, link, terminus).decide());
        }
    }

    @Override
    public void onAttach(ReceivingLink link) {
        if (ManagementAttach.isMeant(link)) {
            new ManagementAttach(this).decide(link);
        } else {
            new Resumption(this).ofProducer(link, terminus -> new ProducerAttach(this, link, terminus).decide());
        }
    }

    /** Termini without a link that last at least as long as this session. */
    SuspendedTermini suspended() {
        return suspended;
    }

    void add(BrokerLink link) {
        links.add(link);
    }

    /** Tells of all links on which messages come in; how many links there are. */
    int forEachProducer(Consumer<ProducerLink> what) {
        for (var link : links) {
            if (link instanceof ProducerLink producer) {
                what.accept(producer);
            }
        }
        return links.size();
    }

    Stream<AnswerLink> answerLinks() {
        return links.stream().filter(AnswerLink.class::isInstance).map(AnswerLink.class::cast);
    }

    /** The link of that name on which answers go out; null when there is none. */
    @Nullable
    AnswerLink answerLink(String name) {
        return answerLinks()
                .filter(link -> link.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Whether a message that is coming in, and not whole yet, is posted in that transaction. */
    boolean isPosting(TransactionId transactionId) {
        for (var link : links) {
            if (link.isPosting(transactionId)) {
                return true;
            }
        }
        return false;
    }

    void remove(BrokerLink link) {
        links.remove(link);
    }

    void add(DetachedConsumer consumer) {
        detached.add(consumer);
    }

    void remove(DetachedConsumer consumer) {
        detached.remove(consumer);
    }

    @Override
    public void onEnd(Session session, @Nullable ErrorCondition error) {
        if (session.isDiscarding()) {
            // What the peer sends until it sees our end is dropped, and may be part of any of them.
            connection
                    .transactions()
                    .failAll(
                            AmqpError.TRANSACTION_ROLLBACK.because("a session of this connection was ended: " + error));
        }
        leaveAll();
        connection.onSessionEnded(this);
    }

    /** The session is gone: its links give back what they have. */
    void leaveAll() {
        var leaving = List.copyOf(links);
        links.clear();
        leaving.forEach(BrokerLink::onSessionGone);
        detached.forEach(DetachedConsumer::onSessionOver);
        detached.clear();
        suspended.onOver();
    }

    /** A link's end in this session. */
    interface BrokerLink {
        /** The session ended or the connection broke; nobody can be told anything any more. */
        void onSessionGone();

        /** Whether a message that is coming in on it, and not whole yet, is posted in that transaction. */
        default boolean isPosting(TransactionId transactionId) {
            return false;
        }
    }
}
