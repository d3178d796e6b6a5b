package dev.godwit.broker.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.container.Authenticator.Peer;
import dev.godwit.amqp.container.Authenticator.Reply;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.PlainResponse;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.security.CertificateUser;
import dev.godwit.broker.security.LoginDesk;
import dev.godwit.broker.security.LoginPolicy;
import dev.godwit.broker.security.Logins;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.Users;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SaslAuthenticatorTest {
    private static final Peer HERE = new Peer("127.0.0.1:40000", false, null);
    private static final Peer ELSEWHERE = new Peer("192.0.2.7:40000", false, null);
    private static final Peer ENCRYPTED = new Peer("192.0.2.7:40000", true, null);
    private static final PasswordHash SECRET =
            PasswordHash.parse(PasswordHash.hash("secret")).orElseThrow();
    /** Of "passwd", as earlier versions wrote it: RFC 7914 §11. */
    private static final PasswordHash OLD = PasswordHash.parse(
                    "pbkdf2-sha256$1$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=")
            .orElseThrow();

    private final ManualEventLoop loop = new ManualEventLoop();
    private final LoginDesk desk = new LoginDesk(new Users(Map.of("ann", SECRET)));
    private final SaslAuthenticator guarded = authenticator(LoginPolicy.GUARDED, desk);

    @AfterEach
    void closeDesk() {
        desk.close();
    }

    private SaslAuthenticator authenticator(LoginPolicy policy, @Nullable LoginDesk ofUsers) {
        return new SaslAuthenticator(
                loop, policy, new Logins(ofUsers, null, new CertificateUser("CN"), Map.of("ann", Set.of("ops"))));
    }

    private static byte[] plain(String user, String password) {
        return new PlainResponse("", user, password).toBytes();
    }

    @Test
    void withoutUsersAnybodyComesInUnderAnyName() {
        var open = new SaslAuthenticator(loop, LoginPolicy.OPEN, Logins.NONE);
        assertThat(open.mechanisms(HERE)).containsExactly("PLAIN", "ANONYMOUS");
        assertThat(open.allowsNoSasl()).isTrue();
        assertThat(ask(open, "PLAIN", plain("whoever", "x"))).contains(new Identity("PLAIN", "whoever"));
        assertThat(ask(open, "ANONYMOUS", "me".getBytes(UTF_8))).contains(Identity.ANONYMOUS);
    }

    @Test
    void withUsersOnlyTheyComeIn() {
        assertThat(guarded.mechanisms(HERE)).containsExactly("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN");
        assertThat(guarded.allowsNoSasl()).isFalse();
        assertThat(ask(guarded, "PLAIN", plain("ann", "secret"))).contains(new Identity("PLAIN", "ann", Set.of("ops")));
        assertThat(ask(guarded, "PLAIN", plain("ann", "wrong"))).isEmpty();
        assertThat(ask(guarded, "PLAIN", plain("bob", "secret"))).isEmpty();
        assertThat(guarded.begin("ANONYMOUS", HERE)).isNull();
        assertThat(guarded.begin("EXTERNAL", HERE)).isNull();
        assertThat(guarded.begin("XOAUTH2", HERE)).isNull();
        assertThat(guarded.begin("CRAM-MD5", HERE)).isNull();
    }

    @Test
    void takesPasswordsAsTheyAreOnlyWhereNobodyElseCanReadThem() {
        assertThat(guarded.mechanisms(ELSEWHERE)).containsExactly("SCRAM-SHA-512", "SCRAM-SHA-256");
        assertThat(guarded.begin("PLAIN", ELSEWHERE)).isNull();
        assertThat(guarded.mechanisms(ENCRYPTED)).contains("PLAIN");
        var careless = authenticator(new LoginPolicy(List.of(), true, false), desk);
        assertThat(careless.mechanisms(ELSEWHERE)).contains("PLAIN");
    }

    @Test
    void offersWhatTheListenerNames() {
        var chosen = authenticator(new LoginPolicy(List.of("ANONYMOUS", "SCRAM-SHA-256"), false, false), desk);
        assertThat(chosen.mechanisms(HERE)).containsExactly("SCRAM-SHA-256", "ANONYMOUS");
        assertThat(chosen.allowsNoSasl()).isTrue();
        assertThat(chosen.begin("PLAIN", HERE)).isNull();
    }

    /** Clients take SCRAM before PLAIN: it must work for whoever they are. */
    @Test
    void offersScramOnlyIfItWorksForAllUsers() {
        try (var mixed = new LoginDesk(new Users(Map.of("ann", SECRET, "old", OLD)))) {
            var authenticator = authenticator(LoginPolicy.GUARDED, mixed);
            assertThat(authenticator.mechanisms(HERE)).containsExactly("PLAIN");
            assertThat(ask(authenticator, "PLAIN", plain("old", "passwd"))).isPresent();
            assertThat(ask(authenticator, "PLAIN", plain("ann", "secret"))).isPresent();
        }
    }

    @Test
    void nobodyActsForSomebodyElse() {
        assertThat(ask(guarded, "PLAIN", new PlainResponse("root", "ann", "secret").toBytes()))
                .isEmpty();
    }

    @Test
    void holdsTheAnswerBackAfterRepeatedFailures() {
        ask(guarded, "PLAIN", plain("ann", "wrong"));
        var answers = new Answers();
        begin(guarded, "PLAIN", plain("ann", "wrong"), answers);
        await().until(() -> {
            loop.runTasks();
            return loop.timersWaiting() == 1;
        });
        assertThat(answers.verdicts).isEmpty();
        loop.advance(200);
        assertThat(answers.verdicts).containsExactly(Optional.empty());
    }

    @Test
    void countsFailuresOfScramAsThoseOfPlain() {
        ask(guarded, "SCRAM-SHA-256", "n,,garbage".getBytes(UTF_8));
        var answers = new Answers();
        begin(guarded, "PLAIN", plain("nobody", "wrong"), answers);
        await().until(() -> {
            loop.runTasks();
            return loop.timersWaiting() == 1;
        });
        assertThat(answers.verdicts).isEmpty();
    }

    private static void begin(SaslAuthenticator authenticator, String mechanism, byte[] response, Reply reply) {
        Objects.requireNonNull(authenticator.begin(mechanism, HERE)).onResponse(response, reply);
    }

    private Optional<Identity> ask(SaslAuthenticator authenticator, String mechanism, byte[] response) {
        var answers = new Answers();
        begin(authenticator, mechanism, response, answers);
        await().until(() -> {
            loop.runTasks();
            loop.advance(10_000);
            return !answers.verdicts.isEmpty();
        });
        return answers.verdicts.get(0);
    }

    private static final class Answers implements Reply {
        private final List<Optional<Identity>> verdicts = new ArrayList<>();

        @Override
        public void onChallenge(byte[] challenge) {
            throw new AssertionError("a challenge: " + new String(challenge, UTF_8));
        }

        @Override
        public void onAdmitted(Identity identity, byte @Nullable [] additionalData) {
            verdicts.add(Optional.of(identity));
        }

        @Override
        public void onRefused() {
            verdicts.add(Optional.empty());
        }

        @Override
        public void onUnavailable() {
            throw new AssertionError("unavailable");
        }
    }
}
