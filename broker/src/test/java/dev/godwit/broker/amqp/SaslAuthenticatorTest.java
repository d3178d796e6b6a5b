package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.container.Authenticator.Credentials;
import dev.godwit.amqp.container.Identity;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.security.LoginDesk;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.Users;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SaslAuthenticatorTest {
    private static final String ADDRESS = "127.0.0.1:40000";

    private final ManualEventLoop loop = new ManualEventLoop();
    private final LoginDesk desk = new LoginDesk(new Users(
            Map.of("ann", PasswordHash.parse(PasswordHash.hash("secret")).orElseThrow())));

    @AfterEach
    void closeDesk() {
        desk.close();
    }

    @Test
    void withoutUsersAnybodyComesInUnderAnyName() {
        var open = new SaslAuthenticator(loop, null, Map.of());
        assertThat(open.mechanisms()).containsExactly("PLAIN", "ANONYMOUS");
        assertThat(open.allowsNoSasl()).isTrue();
        assertThat(ask(open, new Credentials.Plain("", "whoever", "x"))).contains(new Identity("PLAIN", "whoever"));
        assertThat(ask(open, new Credentials.Anonymous())).contains(Identity.ANONYMOUS);
    }

    @Test
    void withUsersOnlyTheyComeIn() {
        var guarded = new SaslAuthenticator(loop, desk, Map.of());
        assertThat(guarded.mechanisms()).containsExactly("PLAIN");
        assertThat(guarded.allowsNoSasl()).isFalse();
        assertThat(ask(guarded, new Credentials.Plain("", "ann", "secret"))).contains(new Identity("PLAIN", "ann"));
        assertThat(ask(guarded, new Credentials.Plain("", "ann", "wrong"))).isEmpty();
        assertThat(ask(guarded, new Credentials.Plain("", "bob", "secret"))).isEmpty();
        assertThat(ask(guarded, new Credentials.Anonymous())).isEmpty();
    }

    @Test
    void nobodyActsForSomebodyElse() {
        var guarded = new SaslAuthenticator(loop, desk, Map.of());
        assertThat(ask(guarded, new Credentials.Plain("root", "ann", "secret"))).isEmpty();
    }

    @Test
    void holdsTheAnswerBackAfterRepeatedFailures() {
        var guarded = new SaslAuthenticator(loop, desk, Map.of());
        ask(guarded, new Credentials.Plain("", "ann", "wrong"));
        var answers = new ArrayList<Optional<Identity>>();
        guarded.authenticate(
                new Credentials.Plain("", "ann", "wrong"), ADDRESS, id -> answers.add(Optional.ofNullable(id)));
        await().until(() -> {
            loop.runTasks();
            return loop.timersWaiting() == 1;
        });
        assertThat(answers).isEmpty();
        loop.advance(200);
        assertThat(answers).containsExactly(Optional.empty());
    }

    private Optional<Identity> ask(SaslAuthenticator authenticator, Credentials credentials) {
        List<Optional<Identity>> answers = new ArrayList<>();
        authenticator.authenticate(credentials, ADDRESS, identity -> answers.add(Optional.ofNullable(identity)));
        await().until(() -> {
            loop.runTasks();
            loop.advance(10_000);
            return !answers.isEmpty();
        });
        return answers.get(0);
    }
}
