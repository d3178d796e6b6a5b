package dev.godwit.jms.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What tests begin with of a connection that is lost: two nodes without a wire, with a loop and a clock that are turned by hand. */
abstract class TwoNodes {
    static final Address QUEUE = Address.queue("q");
    final ProviderException gone = new ProviderException(Reason.CONNECTION_LOST, "nobody there");
    final HandLoop loop = new HandLoop();
    final List<String> log = new ArrayList<>();
    final ScriptedNode a = new ScriptedNode("a", loop, log);
    final ScriptedNode b = new ScriptedNode("b", loop, log);
    final List<String> heard = new ArrayList<>();
    final List<Runnable> confirmations = new ArrayList<>();
    final List<Delivery> came = new ArrayList<>();
    int interruptions;
    FailoverSettings settings = FailoverSettings.DEFAULT;

    final ProviderListener listener = new ProviderListener() {
        @Override
        public void onConnectionLost(ProviderException cause) {
            heard.add("lost: " + cause.getMessage());
        }

        @Override
        public void onInterrupted(ProviderException cause) {
            heard.add("interrupted: " + cause.getMessage());
        }

        @Override
        public void onRestored(ConnectionFacts facts) {
            heard.add("restored: " + facts.broker());
        }
    };

    final ReceiverListener receiving = new ReceiverListener() {
        @Override
        public void onDelivery(Delivery delivery) {
            came.add(delivery);
        }

        @Override
        public void onClosed(ProviderException cause) {
            heard.add("closed: " + cause.getMessage());
        }

        @Override
        public void onInterrupted() {
            interruptions++;
        }
    };

    CompletableFuture<Provider> connecting() {
        CompletableFuture<Provider> connecting = new FailoverProviderFactory(List.of(a, b), settings)
                .connect(new ConnectRequest("me", false, null, null), listener);
        loop.turn();
        return connecting;
    }

    Provider connect() {
        return connecting().join();
    }

    @SuppressWarnings("NullAway")
    <T> T now(CompletableFuture<T> answer) {
        loop.turn();
        assertThat(answer).isDone();
        return answer.join();
    }

    ProviderException failure(CompletableFuture<?> answer) {
        loop.turn();
        assertThat(answer).isCompletedExceptionally();
        CompletionException failed = catchThrowableOfType(CompletionException.class, answer::join);
        return failed.getCause() instanceof ProviderException known
                ? known
                : new ProviderException(Reason.BROKER_ERROR, "not a provider's: " + failed);
    }

    ProviderSession session(Provider provider, boolean transacted) {
        return now(provider.openSession(transacted));
    }

    void send(Sender sender, String text) {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setBody(new MessageBody.Text(text));
        send(sender, text, envelope);
    }

    void send(Sender sender, String text, MessageEnvelope envelope) {
        sender.send(sender.encode(envelope), new SendReply() {
            @Override
            public void onAccepted() {
                heard.add("accepted " + text);
            }

            @Override
            public void onFailed(ProviderException cause) {
                heard.add("failed " + text + ": " + cause.reason());
            }
        });
        loop.turn();
    }

    List<String> logged(String node, String what) {
        return log.stream()
                .filter(each -> each.startsWith(node + ": " + what))
                .map(each -> each.substring(3))
                .toList();
    }
}
