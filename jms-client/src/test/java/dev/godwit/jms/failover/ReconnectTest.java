package dev.godwit.jms.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ServerAddress;
import dev.godwit.jms.provider.Succession;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** To which node a client connects, when, and when it gives up. */
final class ReconnectTest extends TwoNodes {
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
    void eachAttemptTakesThePlaceOfThoseBefore() {
        connect();
        a.breakConnection();
        loop.turn();
        b.breakConnection();
        loop.pass(1_000);
        assertThat(a.successions).extracting(Succession::number).containsExactly(1L, 3L);
        assertThat(b.successions).extracting(Succession::number).containsExactly(2L);
        assertThat(a.successions)
                .extracting(Succession::id)
                .containsOnly(b.successions.get(0).id());
        connect();
        assertThat(a.successions.get(2).id()).isNotEqualTo(a.successions.get(0).id());
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
}
