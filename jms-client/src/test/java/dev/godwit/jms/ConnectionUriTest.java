package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.jms.session.ConnectionSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionUriTest {
    @Test
    void hostAloneMeansTheDefaultsOfTheTable() {
        ConnectionUri uri = ConnectionUri.parse("amqp://broker");
        assertThat(uri.amqpSettings().host()).isEqualTo("broker");
        assertThat(uri.amqpSettings().port()).isEqualTo(5672);
        assertThat(uri.amqpSettings().idleTimeoutMillis()).isEqualTo(60_000);
        assertThat(uri.connectionSettings()).usingRecursiveComparison().isEqualTo(ConnectionSettings.DEFAULT);
        assertThat(uri.clientId()).isNull();
        assertThat(uri.user()).isNull();
    }

    @Test
    void readsEveryOption() {
        ConnectionUri uri = ConnectionUri.parse("amqp://u:p%40ss@[::1]:99?jms.clientID=me+you&jms.prefetch=0"
                + "&jms.connectTimeout=1&jms.requestTimeout=2&jms.sendTimeout=-1&jms.closeTimeout=4"
                + "&jms.sendWindowBytes=2048&jms.forceSyncSend=true&jms.localMessageExpiry=false"
                + "&jms.deserializationPolicy.allowList=a.b,c&amqp.vhost=v&amqp.idleTimeout=0&amqp.maxFrameSize=512");
        assertThat(uri.amqpSettings().host()).isEqualTo("::1");
        assertThat(uri.amqpSettings().port()).isEqualTo(99);
        assertThat(uri.amqpSettings().virtualHost()).isEqualTo("v");
        assertThat(uri.amqpSettings().idleTimeoutMillis()).isZero();
        assertThat(uri.amqpSettings().maxFrameSizeBytes()).isEqualTo(512);
        assertThat(uri.user()).isEqualTo("u");
        assertThat(uri.password()).isEqualTo("p@ss");
        assertThat(uri.clientId()).isEqualTo("me+you");
        ConnectionSettings settings = uri.connectionSettings();
        assertThat(settings.prefetch()).isZero();
        assertThat(settings.connectTimeoutMillis()).isEqualTo(1);
        assertThat(settings.requestTimeoutMillis()).isEqualTo(2);
        assertThat(settings.sendTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.closeTimeoutMillis()).isEqualTo(4);
        assertThat(settings.sendWindowBytes()).isEqualTo(2048);
        assertThat(settings.forceSyncSend()).isTrue();
        assertThat(settings.localMessageExpiry()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "jms.clientId, jms.clientID",
        "jms.user, jms.username",
        "jms.prefetchPolicy, jms.prefetch",
        "amqp.idletimeout, amqp.idleTimeout",
        "jms.SendTimeout, jms.sendTimeout"
    })
    void namesTheNearestOption(String mistyped, String nearest) {
        assertThatThrownBy(() -> new GodwitConnectionFactory("amqp://h?" + mistyped + "=1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining('"' + mistyped + '"')
                .hasMessageContaining("nearest is " + nearest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://h",
                "h:5672",
                "amqp://",
                "amqp://h/path",
                "amqp://h#f",
                "amqp://h:99999",
                "amqp://h?jms.prefetch",
                "amqp://h?jms.prefetch=many",
                "amqp://h?jms.prefetch=-1",
                "amqp://h?jms.sendTimeout=0",
                "amqp://h?jms.forceSyncSend=yes",
                "amqp://h?jms.forceSyncSend=true&jms.forceAsyncSend=true",
                "failover:(amqp://h)"
            })
    void refusesWhatIsNoConnectionUri(String text) {
        assertThatThrownBy(() -> new GodwitConnectionFactory(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysNothingOfThePasswordInAnError() {
        assertThatThrownBy(() -> new GodwitConnectionFactory("amqp://u:secret@h h"))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
        assertThatThrownBy(() -> new GodwitConnectionFactory("amqp://u:secret@h/path"))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void findsEveryOptionByItsName() {
        for (ConnectionOption option : ConnectionOption.values()) {
            assertThat(option.description()).isNotEmpty();
            assertThat(ConnectionOption.named(option.key())).isSameAs(option);
        }
    }
}
