package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.Binary;
import org.jspecify.annotations.Nullable;

/**
 * A consumer that has detached its link and not closed it: as long as the link waits to be resumed, and the session lasts,
 * the consumer may go on saying what it did with the messages that it has (AMQP 1.0 §2.7.6). Owned by the connection's
 * loop.
 */
final class DetachedConsumer {
    private final BrokerSession session;
    private final SendingLink link;
    private final ConsumerTerminus terminus;
    private boolean over;

    /** @param terminus which is suspended, or about to be */
    DetachedConsumer(BrokerSession session, SendingLink link, ConsumerTerminus terminus) {
        this.session = session;
        this.link = link;
        this.terminus = terminus;
        session.add(this);
        terminus.whenTaken(this::onTaken);
    }

    /** Null when the consumer has nothing more to say of it. */
    ConsumerTerminus.@Nullable Held held(Binary tag) {
        return over ? null : terminus.held(tag);
    }

    boolean isOver() {
        return over;
    }

    /** A link took the terminus up, here or elsewhere, or nothing is kept any more. */
    private void onTaken() {
        over = true;
        session.remove(this);
        link.forget();
    }

    void onSessionOver() {
        over = true;
        terminus.whenTaken(null);
    }
}
