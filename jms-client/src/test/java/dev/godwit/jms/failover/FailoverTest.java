package dev.godwit.jms.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.ServerAddress;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.provider.TransactionFate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lost connection is made anew, over nodes without a wire, with a loop and a clock that are turned by hand. */
final class FailoverTest {
    private static final Address QUEUE = Address.queue("q");

    private final ProviderException gone = new ProviderException(Reason.CONNECTION_LOST, "nobody there");
    private final HandLoop loop = new HandLoop();
    private final List<String> log = new ArrayList<>();
    private final ScriptedNode a = new ScriptedNode("a", loop, log);
    private final ScriptedNode b = new ScriptedNode("b", loop, log);
    private final List<String> heard = new ArrayList<>();
    private final List<Runnable> confirmations = new ArrayList<>();
    private final List<Delivery> came = new ArrayList<>();
    private int interruptions;
    private FailoverSettings settings = FailoverSettings.DEFAULT;

    private final ProviderListener listener = new ProviderListener() {
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

    private final ReceiverListener receiving = new ReceiverListener() {
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

    private CompletableFuture<Provider> connecting() {
        CompletableFuture<Provider> connecting = new FailoverProviderFactory(List.of(a, b), settings)
                .connect(new ConnectRequest("me", false, null, null), listener);
        loop.turn();
        return connecting;
    }

    private Provider connect() {
        return connecting().join();
    }

    @SuppressWarnings("NullAway")
    private <T> T now(CompletableFuture<T> answer) {
        loop.turn();
        assertThat(answer).isDone();
        return answer.join();
    }

    private ProviderException failure(CompletableFuture<?> answer) {
        loop.turn();
        assertThat(answer).isCompletedExceptionally();
        CompletionException failed = catchThrowableOfType(CompletionException.class, answer::join);
        return failed.getCause() instanceof ProviderException known
                ? known
                : new ProviderException(Reason.BROKER_ERROR, "not a provider's: " + failed);
    }

    private ProviderSession session(Provider provider, boolean transacted) {
        return now(provider.openSession(transacted));
    }

    private void send(Sender sender, String text) {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setBody(new MessageBody.Text(text));
        send(sender, text, envelope);
    }

    private void send(Sender sender, String text, MessageEnvelope envelope) {
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

    private List<String> logged(String node, String what) {
        return log.stream()
                .filter(each -> each.startsWith(node + ": " + what))
                .map(each -> each.substring(3))
                .toList();
    }

    private List<String> connects() {
        return log.stream().filter(each -> each.endsWith(": connect")).toList();
    }

    private static FailoverSettings attempts(int startup, int later) {
        return new FailoverSettings(
                0, 10, 1_000, true, 2, later, startup, 10, false, FailoverSettings.ServerListAction.REPLACE);
    }

    @Test
    void connectsToTheFirstNodeThatLetsItIn() {
        a.down = gone;
        assertThat(connect().facts().broker()).isEqualTo("b");
        assertThat(log).containsExactly("a: connect", "b: connect");
    }

    @Test
    void goesRoundUntilANodeLetsItIn() {
        a.down = gone;
        b.down = gone;
        CompletableFuture<Provider> connecting = connecting();
        assertThat(log).containsExactly("a: connect", "b: connect");
        loop.pass(4);
        assertThat(log).hasSize(2);
        loop.pass(6);
        assertThat(log).hasSize(4);
        b.down = null;
        loop.pass(20);
        assertThat(now(connecting).facts().broker()).isEqualTo("b");
    }

    /** Of each delay up to half is left out by lot. */
    @Test
    void growsDelaysUpToTheLongestAndBeginsAnewAfterAConnectionThatLasted() {
        long seed = System.nanoTime();
        ReconnectPlan plan = new ReconnectPlan(attempts(-1, -1), new Random(seed));
        assertThat(plan.next()).isZero();
        for (int round = 0; round < 2; round++) {
            for (long due : new long[] {10, 20, 40, 80, 160, 320, 640, 1_000, 1_000}) {
                assertThat(plan.next()).as("seed " + seed).isBetween(due / 2, due);
            }
            plan.onConnected();
            plan.onLasting();
            assertThat(plan.next()).isZero();
        }
    }

    @Test
    void waitsWithTheNextAttemptWhenConnectionsBreakAsSoonAsTheyAreThere() {
        connect();
        a.breakConnection();
        loop.turn();
        assertThat(connects()).hasSize(2);
        b.breakConnection();
        loop.turn();
        assertThat(connects()).as("no attempt yet").hasSize(2);
        loop.pass(10);
        assertThat(connects()).hasSize(3);
        loop.pass(1_000);
        a.breakConnection();
        loop.turn();
        assertThat(connects()).as("at once, since the last one lasted").hasSize(4);
    }

    @Test
    void givesUpAfterAsManyAttemptsAsItMayMakeAndSaysSo() {
        a.down = gone;
        b.down = gone;
        settings = attempts(2, -1);
        CompletableFuture<Provider> connecting = connecting();
        loop.pass(10_000);
        assertThat(failure(connecting)).hasMessageContaining("after 3 attempts").hasMessageContaining("nobody there");
        assertThat(logged("b", "connect")).hasSize(3);
        assertThat(loop.isReleased()).isTrue();
    }

    @Test
    void goesOnToTheNextNodeWhenOneIsSilent() {
        a.silent = true;
        CompletableFuture<Provider> connecting = connecting();
        loop.pass(4_999);
        assertThat(connecting).isNotDone();
        loop.pass(1);
        assertThat(now(connecting).facts().broker()).isEqualTo("b");
    }

    @Test
    void doesNotAskOthersWhenTheUserIsRefusedAtFirst() {
        a.down = new ProviderException(Reason.SECURITY, "wrong password");
        assertThat(failure(connecting()).reason()).isEqualTo(Reason.SECURITY);
        assertThat(logged("b", "connect")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"own, ''", "'', own"})
    void asksTheNextNodeWhereItLogsInByOtherThanTheOneThatRefuses(String ofA, String ofB) {
        a.login = ofA;
        b.login = ofB;
        a.down = new ProviderException(Reason.SECURITY, "wrong password");

        connect();

        assertThat(log).containsExactly("a: connect", "b: connect");
    }

    @Test
    void asksTheNextNodeWhereOneOffersNoMechanismThatFits() {
        a.down = new ProviderException(Reason.NO_MECHANISM, "a: no mechanism fits");

        connect();

        assertThat(log).containsExactly("a: connect", "b: connect");
    }

    @Test
    void endsAtFirstWhenNoNodeLetsUsInForReasonsOfDifferentKinds() {
        b.login = "own";
        a.down = new ProviderException(Reason.SECURITY, "a: wrong password");
        b.down = new ProviderException(Reason.NO_MECHANISM, "b: no mechanism fits");

        ProviderException failure = failure(connecting());

        assertThat(failure.reason()).isEqualTo(Reason.NO_MECHANISM);
        assertThat(failure).hasMessage("b: no mechanism fits; before that: a: wrong password");
        assertThat(failure).hasCause(b.down);
        assertThat(log).containsExactly("a: connect", "b: connect");
        assertThat(loop.isReleased()).isTrue();
    }

    @Test
    void asksTheNextNodeWhenOneCannotBeTrusted() {
        a.down = new ProviderException(Reason.UNTRUSTED, "a: wrong certificate");

        connect();

        assertThat(log).containsExactly("a: connect", "b: connect");
    }

    @Test
    void endsAtFirstWhenNoNodeCanBeTrusted() {
        a.down = new ProviderException(Reason.UNTRUSTED, "a: wrong certificate");
        b.down = new ProviderException(Reason.UNTRUSTED, "b: wrong certificate");

        ProviderException failure = failure(connecting());

        assertThat(failure.reason()).isEqualTo(Reason.UNTRUSTED);
        assertThat(failure).hasMessage("b: wrong certificate; before that: a: wrong certificate");
        assertThat(log).containsExactly("a: connect", "b: connect");
        assertThat(loop.isReleased()).isTrue();
    }

    @Test
    void goesOnWhileOneNodeIsAwayAndRemembersThatTheOtherCannotBeTrusted() {
        a.down = new ProviderException(Reason.UNTRUSTED, "a: wrong certificate");
        b.down = gone;
        CompletableFuture<Provider> connecting = connecting();
        loop.pass(20_000);

        assertThat(connecting).isNotDone();
        assertThat(((PendingAnswer<?>) connecting).whom()).contains("nobody there", "a: wrong certificate");
        b.down = null;
        loop.pass(60_000);
        assertThat(connecting).isCompleted();
    }

    @Test
    void endsWhenAllNodesRefuseTheUserAgainAndAgain() {
        connect();
        a.down = new ProviderException(Reason.SECURITY, "wrong password");
        b.down = a.down;
        a.breakConnection();
        loop.pass(4_000);
        assertThat(heard).as("a broker that starts may refuse anybody").containsExactly("interrupted: a is gone");
        loop.pass(60_000);
        assertThat(heard).containsExactly("interrupted: a is gone", "lost: wrong password");
    }

    @Test
    void saysThatItIsLostWhenItMayNotReconnect() {
        settings = attempts(0, 0);
        connect();
        a.breakConnection();
        loop.pass(10_000);
        assertThat(heard).containsExactly("interrupted: a is gone", "lost: a is gone");
        assertThat(loop.isReleased()).isTrue();
    }

    @Test
    void goesToTheNodesThatTheBrokerNames() {
        a.servers = List.of(new ServerAddress("c", 5672, null, null, null));
        connect();
        a.down = gone;
        a.breakConnection();
        loop.turn();
        assertThat(log).contains("c: connect").doesNotContain("b: connect");
        assertThat(heard).last().isEqualTo("restored: c");
    }

    @Test
    void speaksWithANodeThatWasGivenAsThatWasGivenAlsoWhenABrokerNamesIt() {
        a.servers = List.of(new ServerAddress("B", 5672, null, null, null));
        b.servers = List.of(new ServerAddress("a", 5672, null, null, null));
        connect();
        for (ScriptedNode lost : List.of(a, b, a)) {
            lost.breakConnection();
            loop.pass(2_000);
        }

        assertThat(connects()).containsExactly("a: connect", "b: connect", "a: connect", "b: connect");
    }

    @Test
    void addsOrIgnoresTheNodesThatTheBrokerNames() {
        for (FailoverSettings.ServerListAction action :
                List.of(FailoverSettings.ServerListAction.ADD, FailoverSettings.ServerListAction.IGNORE)) {
            log.clear();
            a.down = null;
            a.servers = List.of(new ServerAddress("c", 5672, null, null, null));
            b.down = gone;
            settings = new FailoverSettings(0, 10, 1_000, true, 2, -1, -1, 10, false, action);
            connect();
            a.down = gone;
            a.breakConnection();
            loop.turn();
            assertThat(log).contains("b: connect");
            assertThat(log.contains("c: connect")).isEqualTo(action == FailoverSettings.ServerListAction.ADD);
        }
    }

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
    void saysThatATransactionIsRolledBackWhoseConnectionWasLost() {
        ProviderSession session = session(connect(), true);
        Sender sender = now(session.openSender(QUEUE));
        a.accepts = false;
        send(sender, "1");
        a.breakConnection();
        loop.turn();
        assertThat(heard).contains("failed 1: TRANSACTION_ROLLED_BACK");
        assertThat(session.isTransactionLost()).isTrue();
        send(sender, "2");
        assertThat(failure(session.commit()).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
        assertThat(logged("b", "")).endsWith("send 2", "rollback");
        send(sender, "3");
        now(session.commit());
        assertThat(logged("b", "")).endsWith("send 3", "commit");
    }

    @Test
    void knowsATransactionAsLostThatASettlementOfALostConnectionBelongsTo() {
        ProviderSession session = session(connect(), true);
        now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving)).grant(1);
        loop.turn();
        a.receiver("q").deliver("1", UUID.randomUUID(), confirmations);
        a.breakConnection();
        loop.turn();
        came.get(0).settle(Settlement.ACCEPTED);
        assertThat(failure(session.commit()).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
    }

    @Test
    void commitsAfterALossWhenNothingHungOnIt() {
        ProviderSession session = session(connect(), true);
        now(session.openSender(QUEUE));
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        assertThat(committing).isNotDone();
        b.down = null;
        loop.pass(1_000);
        now(committing);
    }

    @Test
    void leavesACommitInDoubtWhoseAnswerWasLostAndGoesOnWithANewTransaction() {
        a.commits = false;
        ProviderSession session = session(connect(), true);
        Sender sender = now(session.openSender(QUEUE));
        send(sender, "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        a.breakConnection();
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
        send(sender, "2");
        now(session.commit());
    }

    /** A commit whose answer is lost with node a, and node b says what became of it. */
    private CompletableFuture<Void> loseTheAnswerToACommit(Runnable beforeItIsLost) {
        a.commits = false;
        a.keepsOutcomes = true;
        b.keepsOutcomes = true;
        ProviderSession session = session(connect(), true);
        send(now(session.openSender(QUEUE)), "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        beforeItIsLost.run();
        a.breakConnection();
        loop.pass(1_000);
        return committing;
    }

    @Test
    void asksWhatBecameOfACommitWhoseAnswerWasLost() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.COMMITTED);
        now(committing);
        assertThat(log).contains("b: inquire a1");
    }

    @Test
    void saysThatACommitDidNotHappenWhenTheBrokerSaysSo() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.ROLLED_BACK);
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
    }

    @Test
    void leavesACommitInDoubtOfWhichTheBrokerKnowsNothing() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.UNKNOWN);
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void asksAgainWhenTheConnectionIsLostBeforeTheAnswer() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> {
            a.down = gone;
            b.down = gone;
        });
        assertThat(committing).isNotDone();
        b.down = null;
        b.isHoldingFate = true;
        loop.pass(60_000);
        assertThat(log).contains("b: inquire a1");
        assertThat(committing).isNotDone();

        b.isHoldingFate = false;
        b.fate = TransactionFate.COMMITTED;
        b.breakConnection();
        loop.pass(60_000);
        now(committing);
    }

    @Test
    void leavesACommitInDoubtWhenItIsClosedBeforeItCanAsk() {
        a.commits = false;
        a.keepsOutcomes = true;
        Provider provider = connect();
        ProviderSession session = session(provider, true);
        send(now(session.openSender(QUEUE)), "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        loop.pass(100);
        now(provider.close());
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
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
