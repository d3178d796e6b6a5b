package dev.godwit.jms.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.Settlement;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What was on a lost connection is made anew on the next. */
final class FailoverTest extends TwoNodes {
    @Test
    void makesSessionsAndLinksAnewAndTellsTheListener() {
        ProviderSession session = session(connect(), false);
        now(session.openSender(QUEUE));
        Receiver receiver = now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        receiver.grant(10);
        loop.turn();
        a.receiver("q").deliver("1", null, confirmations);
        a.breakConnection();
        loop.turn();
        assertThat(logged("b", "")).containsExactly("connect", "session", "receiver q", "sender q", "grant 9");
        assertThat(heard).containsExactly("interrupted: a is gone", "restored: b");
        assertThat(interruptions).isEqualTo(1);
    }

    @Test
    void sendsAgainInOrderWhatWasNotAnsweredAndThenWhatCameMeanwhile() {
        ProviderSession session = session(connect(), false);
        Sender one = now(session.openSender(QUEUE));
        Sender other = now(session.openSender(QUEUE));
        send(one, "1");
        a.accepts = false;
        send(one, "2");
        send(other, "3");
        send(one, "4");
        b.down = gone;
        a.down = gone;
        a.breakConnection();
        loop.turn();
        send(other, "5");
        assertThat(heard).containsExactly("accepted 1", "interrupted: a is gone");
        b.down = null;
        loop.pass(1_000);
        assertThat(logged("b", "send ")).containsExactly("send 2", "send 3", "send 4", "send 5");
        assertThat(heard)
                .containsSubsequence("accepted 2", "accepted 3", "accepted 4", "accepted 5")
                .doesNotHaveDuplicates();
    }

    @Test
    void numbersWhatItSendsOutsideOfTransactions() {
        Provider provider = connect();
        Sender sender = now(session(provider, false).openSender(QUEUE));
        send(sender, "1");
        send(sender, "2");
        send(now(session(provider, true).openSender(QUEUE)), "3");
        assertThat(a.numbers).extracting(ProducerNumber::sequence).containsExactly(0L, 1L);
        assertThat(a.numbers)
                .extracting(ProducerNumber::producerId)
                .containsOnly(a.numbers.get(0).producerId());
    }

    @Test
    void doesNotSendAgainWhatNobodyWaitsForAnyMore() {
        Sender sender = now(session(connect(), false).openSender(QUEUE));
        a.accepts = false;
        Sender.Encoded encoded = sender.encode(new MessageEnvelope());
        sender.send(encoded, new SendReply() {
            @Override
            public void onAccepted() {
                heard.add("accepted");
            }

            @Override
            public void onFailed(ProviderException cause) {
                heard.add("failed");
            }
        });
        assertThat(now(sender.withdraw(encoded))).isFalse();
        a.breakConnection();
        loop.turn();
        assertThat(heard).last().isEqualTo("restored: b");
        assertThat(logged("b", "send ")).isEmpty();
    }

    @Test
    void asksAgainWhatWasNotAnswered() {
        Provider provider = connect();
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        CompletableFuture<ProviderSession> opening = provider.openSession(false);
        CompletableFuture<Void> unsubscribing = provider.unsubscribe("s");
        loop.turn();
        assertThat(opening).isNotDone();
        b.down = null;
        loop.pass(1_000);
        now(opening);
        now(unsubscribing);
        assertThat(logged("b", "")).contains("session", "unsubscribe s");
    }

    @Test
    void doesNotAskForWhatNobodyWaitsForAnyMore() {
        Provider provider = connect();
        b.down = gone;
        a.down = gone;
        a.breakConnection();
        CompletableFuture<ProviderSession> opening = provider.openSession(false);
        loop.turn();
        opening.cancel(false);
        b.down = null;
        loop.pass(1_000);
        assertThat(logged("b", "")).doesNotContain("session");
    }

    @Test
    void endsALinkThatTheNextBrokerDoesNotWantAndGoesOnWithTheRest() {
        ProviderSession session = session(connect(), false);
        Sender unwanted = now(session.openSender(Address.queue("gone")));
        Sender sender = now(session.openSender(QUEUE));
        now(session.openReceiver(ReceiverRequest.of(Address.queue("gone")), receiving));
        b.refused.put("sender gone", new ProviderException(Reason.INVALID_DESTINATION, "no such queue"));
        b.refused.put("receiver gone", new ProviderException(Reason.INVALID_DESTINATION, "no such queue"));
        a.accepts = false;
        send(unwanted, "1");
        send(sender, "2");
        a.breakConnection();
        loop.turn();
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "interrupted: a is gone",
                        "closed: no such queue",
                        "failed 1: INVALID_DESTINATION",
                        "accepted 2",
                        "restored: b");
        assertThat(unwanted.isOpen()).isFalse();
        assertThat(sender.isOpen()).isTrue();
    }

    @Test
    void triesOnWhenALinkCannotBeMadeForNow() {
        ProviderSession session = session(connect(), false);
        now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        b.refused.put("receiver q", new ProviderException(Reason.RESOURCE_LIMIT, "still locked"));
        a.down = gone;
        a.breakConnection();
        loop.turn();
        assertThat(heard).containsExactly("interrupted: a is gone");
        b.refused.clear();
        loop.pass(100);
        assertThat(heard).containsExactly("interrupted: a is gone", "restored: b");
        assertThat(logged("b", "close")).contains("close");
    }

    @Test
    void goesOnWithoutALinkThatCannotBeMadeForLong() {
        ProviderSession session = session(connect(), false);
        now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        now(session.openReceiver(ReceiverRequest.of(Address.queue("other")), receiving));
        b.refused.put("receiver q", new ProviderException(Reason.CLOSED, "somebody else has it"));
        a.down = gone;
        a.breakConnection();
        loop.pass(25_000);
        assertThat(heard).containsExactly("interrupted: a is gone");
        loop.pass(60_000);
        assertThat(heard).containsExactly("interrupted: a is gone", "closed: somebody else has it", "restored: b");
    }

    @Test
    void closesWhatWasClosedWhileItWasMadeAnew() {
        ProviderSession session = session(connect(), false);
        Receiver receiver = now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        Sender sender = now(session.openSender(QUEUE));
        b.isHolding = true;
        a.down = gone;
        a.breakConnection();
        loop.turn();
        now(receiver.close());
        now(sender.close());
        assertThat(logged("b", "close")).isEmpty();
        b.letGo();
        loop.turn();
        assertThat(logged("b", "close")).containsExactlyInAnyOrder("close receiver", "close sender");
    }

    @Test
    void makesTemporaryDestinationsAnewUnderTheNamesThatTheApplicationKnows() {
        Provider provider = connect();
        Address temporary = now(provider.createTemporary(Address.Kind.TEMPORARY_QUEUE));
        ProviderSession session = session(provider, false);
        now(session.openReceiver(ReceiverRequest.of(temporary), receiving));
        Sender sender = now(session.openSender(QUEUE));
        a.breakConnection();
        loop.turn();
        assertThat(logged("b", "receiver")).containsExactly("receiver temp-b-1");
        MessageEnvelope request = new MessageEnvelope();
        request.setBody(new MessageBody.Text("ask"));
        request.setReplyTo(temporary);
        send(sender, "ask", request);
        assertThat(logged("b", "send ")).containsExactly("send ask for temp-b-1");
        assertThat(request.replyTo()).isEqualTo(temporary);
        now(provider.deleteTemporary(temporary));
        assertThat(logged("b", "delete")).containsExactly("delete temp-b-1");
    }

    @Test
    void namesWhereToReplyAsItIsCalledWhenTheMessageGoesOut() {
        Provider provider = connect();
        Address replies = now(provider.createTemporary(Address.Kind.TEMPORARY_QUEUE));
        Sender sender = now(session(provider, false).openSender(QUEUE));
        a.accepts = false;
        MessageEnvelope unanswered = request("unanswered", replies);
        send(sender, "unanswered", unanswered);
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        loop.turn();
        MessageEnvelope meanwhile = request("meanwhile", replies);
        send(sender, "meanwhile", meanwhile);
        b.down = null;
        loop.pass(100);

        assertThat(replies.name()).isEqualTo("temp-a-1");
        assertThat(logged("b", "send ")).containsExactly("send unanswered for temp-b-1", "send meanwhile for temp-b-1");
        assertThat(meanwhile.replyTo()).isEqualTo(replies);
    }

    private static MessageEnvelope request(String text, Address replyTo) {
        MessageEnvelope request = new MessageEnvelope();
        request.setBody(new MessageBody.Text(text));
        request.setReplyTo(replyTo);
        return request;
    }

    @Test
    void doesNotShowAgainWhatTheApplicationHasAcknowledged() {
        UUID known = UUID.randomUUID();
        ProviderSession session = session(connect(), false);
        Receiver receiver = now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        receiver.grant(10);
        loop.turn();
        a.receiver("q").deliver("1", known, confirmations);
        came.get(0).settle(Settlement.ACCEPTED);
        loop.turn();
        a.breakConnection();
        loop.turn();
        b.receiver("q").deliver("1", known, confirmations);
        assertThat(came).hasSize(1);
        assertThat(logged("b", "ACCEPTED")).containsExactly("ACCEPTED 1");
        assertThat(b.receiver("q").credit).as("what it cost is granted again").isEqualTo(9);
        confirmations.get(1).run();
        b.receiver("q").deliver("1", known, confirmations);
        assertThat(came).as("once it was confirmed it is forgotten").hasSize(2);
    }

    @Test
    void knowsWhatWasAcknowledgedAfterTheLossAlsoWhenItHasComeAgainAlready() {
        UUID known = UUID.randomUUID();
        ProviderSession session = session(connect(), false);
        now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving)).grant(10);
        loop.turn();
        a.receiver("q").deliver("1", known, confirmations);
        a.breakConnection();
        loop.turn();
        b.receiver("q").deliver("1", known, confirmations);
        assertThat(came.get(0).isWanted()).as("of a connection that is gone").isFalse();
        assertThat(came.get(1).isWanted()).isTrue();
        came.get(0).settle(Settlement.ACCEPTED);
        assertThat(came.get(1).isWanted()).isFalse();
        loop.turn();
        assertThat(logged("b", "ACCEPTED")).containsExactly("ACCEPTED 1");
        assertThat(logged("a", "in vain")).isEmpty();
    }

    @Test
    void drainsOnUntilSomethingNewComesOrNothingIsThere() {
        UUID known = UUID.randomUUID();
        ProviderSession session = session(connect(), false);
        Receiver receiver = now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving));
        receiver.grant(1);
        loop.turn();
        a.receiver("q").deliver("1", known, confirmations);
        came.get(0).settle(Settlement.ACCEPTED);
        a.breakConnection();
        loop.turn();
        ScriptedNode.Come come = b.receiver("q");
        come.beforeDrained.add(() -> {
            come.deliver("1", known, confirmations);
            come.beforeDrained.add(() -> come.deliver("2", UUID.randomUUID(), confirmations));
        });
        receiver.grant(1);
        now(receiver.drain());
        assertThat(came).hasSize(2);
        assertThat(logged("b", "drain")).hasSize(2);
    }

    @Test
    void failsWhatWaitsWhenItIsClosed() {
        Provider provider = connect();
        Sender sender = now(session(provider, false).openSender(QUEUE));
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        send(sender, "1");
        CompletableFuture<ProviderSession> opening = provider.openSession(false);
        now(provider.close());
        assertThat(failure(opening).reason()).isEqualTo(Reason.CLOSED);
        assertThat(heard).containsExactly("interrupted: a is gone", "failed 1: CLOSED");
        long attempts = log.size();
        loop.pass(100_000);
        assertThat(log).hasSize((int) attempts);
        assertThat(loop.isReleased()).isTrue();
    }

    @Test
    void remembersOnlySoManyAcknowledgementsOfLostConnections() {
        AcknowledgedMessages acknowledged = new AcknowledgedMessages();
        UUID first = new UUID(0, 0);
        acknowledged.add(first);
        acknowledged.onInterrupted();
        for (int i = 1; i <= AcknowledgedMessages.LEFT_MAX; i++) {
            acknowledged.add(new UUID(0, i));
        }
        acknowledged.onInterrupted();
        assertThat(acknowledged.size()).isEqualTo(AcknowledgedMessages.LEFT_MAX);
        assertThat(acknowledged.contains(first)).isFalse();
    }
}
