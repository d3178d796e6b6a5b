package dev.godwit.jms.session;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Sender;
import jakarta.jms.JMSException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The senders of one producer: the only one of a producer with a destination, one for everything where the broker has an
 * anonymous relay, and else one for each destination, the least used closed when there are too many. Used by its
 * session's thread.
 */
final class SenderCache {
    private static final int SENDERS_MAX = 32;

    private final ClientSession session;
    private final SessionProducers producers;
    private @Nullable Sender only;
    private final boolean anonymous;
    private final Map<Address, Sender> byAddress = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A cache that holds nothing but what it is given.
     *
     * @param only the sender for every address; null to open one for each
     * @param anonymous whether {@code only} is one to the anonymous relay, which is opened again after the broker closed it
     */
    SenderCache(ClientSession session, SessionProducers producers, @Nullable Sender only, boolean anonymous) {
        this.session = session;
        this.producers = producers;
        this.only = only;
        this.anonymous = anonymous;
    }

    Sender to(Address address) throws JMSException {
        Sender same = only;
        if (same != null) {
            if (anonymous && !same.isOpen()) {
                same = producers.openSender(null);
                only = same;
            }
            return same;
        }
        Sender sender = byAddress.get(address);
        if (sender == null || !sender.isOpen()) {
            byAddress.remove(address);
            if (byAddress.size() >= SENDERS_MAX) {
                closeOldest();
            }
            sender = producers.openSender(address);
            byAddress.put(address, sender);
        }
        return sender;
    }

    private void closeOldest() throws JMSException {
        session.sends().await();
        var oldest = byAddress.entrySet().iterator();
        Sender sender = oldest.next().getValue();
        oldest.remove();
        close(sender);
    }

    void close() throws JMSException {
        List<Sender> all = new ArrayList<>(byAddress.values());
        byAddress.clear();
        if (only != null) {
            all.add(only);
        }
        for (Sender sender : all) {
            close(sender);
        }
    }

    private void close(Sender sender) throws JMSException {
        if (session.connection().isConnected()) {
            Answers.await(sender.close(), session.settings().closeTimeoutMillis(), "closing a producer");
        }
    }
}
