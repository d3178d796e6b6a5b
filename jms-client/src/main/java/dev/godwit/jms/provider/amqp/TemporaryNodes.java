package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Target;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The temporary nodes of a connection: each lives as long as the link that asked for it (AMQP 1.0 §3.5.10), and so no
 * longer than the connection. Owned by the connection's loop.
 */
final class TemporaryNodes {
    private final AmqpProvider provider;
    private final Map<Address, SendingLink> nodes = new HashMap<>();
    private final Map<SendingLink, CompletableFuture<Void>> deletions = new HashMap<>();
    private final List<Creation> asked = new ArrayList<>();
    private @Nullable Session session;

    TemporaryNodes(AmqpProvider provider) {
        this.provider = provider;
    }

    void create(Address.Kind kind, CompletableFuture<Address> answer) {
        Session open = session;
        if (open == null) {
            open = NodeSession.begin(provider, this::onSessionEnded);
            session = open;
        }
        Creation creation = new Creation(kind, answer);
        asked.add(creation);
        String name =
                provider.newLinkName(kind == Address.Kind.TEMPORARY_TOPIC ? "temporary-topic" : "temporary-queue", "");
        open.attachSender(
                AmqpProvider.unsettled(
                        AttachParameters.of(name, Termini.senderSource(name), Termini.temporaryTarget(kind))),
                creation);
    }

    void delete(Address address, CompletableFuture<Void> answer) {
        SendingLink link = nodes.remove(address);
        if (link == null) {
            Answered.done(answer);
            return;
        }
        deletions.put(link, answer);
        link.close(null);
    }

    private void onDeleted(SendingLink link) {
        CompletableFuture<Void> answer = deletions.remove(link);
        if (answer != null) {
            Answered.done(answer);
        }
    }

    private void onSessionEnded(@Nullable ErrorCondition error) {
        session = null;
        nodes.clear();
        // With the session the nodes that hung on it are gone, too.
        List.copyOf(deletions.keySet()).forEach(this::onDeleted);
        ProviderException cause = AmqpFailures.of(error, "the broker ended the session", Reason.BROKER_ERROR);
        asked.forEach(creation -> creation.answer.completeExceptionally(cause));
        asked.clear();
    }

    /** The link that a temporary node hangs on; nothing is ever sent on it. */
    private final class Creation implements SendingLinkListener {
        private final Address.Kind kind;
        private final CompletableFuture<Address> answer;
        private @Nullable Address address;

        private Creation(Address.Kind kind, CompletableFuture<Address> answer) {
            this.kind = kind;
            this.answer = answer;
        }

        @Override
        public void onAttached(SendingLink link) {
            AttachParameters remote = link.remoteAttach();
            if (remote != null && remote.target() instanceof Target target && target.address() != null) {
                Address made = new Address(target.address(), kind);
                address = made;
                nodes.put(made, link);
                asked.remove(this);
                answer.complete(made);
            }
        }

        @Override
        public void onSendable(SendingLink link) {
            if (link.isDraining()) {
                link.drained();
            }
        }

        @Override
        public void onDisposition(OutgoingDelivery delivery) {}

        @Override
        public void onDetachAnswered(SendingLink link, @Nullable ErrorCondition error) {
            onDeleted(link);
        }

        @Override
        public void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition error) {
            Address gone = address;
            if (gone != null) {
                nodes.remove(gone);
            }
            asked.remove(this);
            answer.completeExceptionally(
                    AmqpFailures.of(error, "the broker makes no " + kind.words(), Reason.NOT_SUPPORTED));
        }
    }
}
