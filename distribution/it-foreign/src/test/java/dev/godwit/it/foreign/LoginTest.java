package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients in other languages get in, or do not. Debian's Proton is built without SCRAM and tokens, rhea without SCRAM. */
@Timeout(120)
final class LoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static void passes(ForeignClient client, String scenario, Door door, Object... further) throws Exception {
        client.requireInstalled();

        var arguments = Stream.concat(
                Stream.of(scenario, GuardedBroker.HOST, Integer.toString(BROKER.port(door))),
                Stream.of(further).map(Object::toString));
        assertThat(client.run("scenarios", arguments.toArray(String[]::new))).contains("passed");
    }

    @ParameterizedTest
    @EnumSource
    void getsInByPlain(ForeignClient client) throws Exception {
        passes(client, "plain", Door.TCP);
    }

    @ParameterizedTest
    @EnumSource
    void staysOutWithAWrongPassword(ForeignClient client) throws Exception {
        passes(client, "wrong_password", Door.TCP);
    }

    @ParameterizedTest
    @EnumSource
    void getsInAsNobodyWhereItMay(ForeignClient client) throws Exception {
        passes(client, "anonymous", Door.FOR_ANYBODY);
    }

    @ParameterizedTest
    @EnumSource
    void getsInOverTls(ForeignClient client) throws Exception {
        passes(client, "tls", Door.TLS, BROKER.authorityPem());
    }

    @ParameterizedTest
    @EnumSource
    void doesNotBelieveACertificateOfAStranger(ForeignClient client) throws Exception {
        passes(client, "tls_of_a_stranger", Door.TLS, BROKER.otherAuthorityPem());
    }

    @ParameterizedTest
    @EnumSource
    void getsInByItsCertificate(ForeignClient client) throws Exception {
        var known = BROKER.known();
        passes(client, "external", Door.MUTUAL_TLS, BROKER.authorityPem(), known.chainPem(), known.keyPem());
    }

    @ParameterizedTest
    @EnumSource
    void staysOutWithoutItsCertificate(ForeignClient client) throws Exception {
        passes(client, "external_without_certificate", Door.MUTUAL_TLS, BROKER.authorityPem());
    }

    @Test
    void nodeGetsInByItsToken() throws Exception {
        passes(ForeignClient.NODE, "xoauth2", Door.TCP, BROKER.token("dora", 300));
    }

    @Test
    void nodeGetsInOverWebSocket() throws Exception {
        passes(ForeignClient.NODE, "websocket", Door.WEB_SOCKET);
    }
}
