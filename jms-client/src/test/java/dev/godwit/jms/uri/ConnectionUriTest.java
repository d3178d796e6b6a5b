package dev.godwit.jms.uri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ConnectionSettings;
import dev.godwit.jms.session.MessageIdType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionUriTest {
    private static AmqpSettings broker(ConnectionUri uri) {
        return uri.brokers(null, null).get(0);
    }

    private static List<String> addresses(String text) {
        return ConnectionUri.parse(text).brokers(null, null).stream()
                .map(each -> each.host() + ':' + each.port() + (each.transport().encrypted() ? " by TLS" : ""))
                .toList();
    }

    @Test
    void hostAloneMeansTheDefaultsOfTheTable() {
        ConnectionUri uri = ConnectionUri.parse("amqp://broker");
        assertThat(broker(uri).host()).isEqualTo("broker");
        assertThat(broker(uri).port()).isEqualTo(5672);
        assertThat(broker(uri).idleTimeoutMillis()).isEqualTo(60_000);
        assertThat(broker(uri).transport().tcp()).isEqualTo(AmqpSettings.Transport.PLAIN.tcp());
        assertThat(broker(uri).transport().encrypted()).isFalse();
        assertThat(broker(uri).transport().inWebSocket()).isFalse();
        assertThat(broker(uri).login()).isEqualTo(AmqpSettings.Login.DEFAULT);
        assertThat(uri.connectionSettings()).usingRecursiveComparison().isEqualTo(ConnectionSettings.DEFAULT);
        assertThat(uri.clientId()).isNull();
        assertThat(uri.user()).isNull();
        assertThat(uri.isFailover()).isFalse();
        assertThat(uri.ignored()).isEmpty();
    }

    @Test
    void readsOptionsOfTheConnection() {
        ConnectionUri uri = ConnectionUri.parse("amqp://u:p%40ss@[::1]:99?jms.clientID=me+you&jms.prefetch=0"
                + "&jms.prefetchPolicy.topicPrefetch=7&jms.prefetchPolicy.queueBrowserPrefetch=8"
                + "&jms.connectTimeout=1&jms.requestTimeout=2&jms.sendTimeout=-1&jms.closeTimeout=4"
                + "&jms.sendWindowBytes=2048&jms.forceSyncSend=true&jms.localMessageExpiry=false"
                + "&jms.redeliveryPolicy.maxRedeliveries=3&jms.redeliveryPolicy.outcome=rejected"
                + "&jms.messageIDPolicy.messageIDType=uuid&jms.clientIDPrefix=c-&amqp.drainTimeout=9"
                + "&jms.deserializationPolicy.whiteList=a.b,c&amqp.vhost=v&amqp.idleTimeout=0&amqp.maxFrameSize=512");
        assertThat(broker(uri).host()).isEqualTo("::1");
        assertThat(broker(uri).port()).isEqualTo(99);
        assertThat(broker(uri).virtualHost()).isEqualTo("v");
        assertThat(broker(uri).idleTimeoutMillis()).isZero();
        assertThat(broker(uri).maxFrameSizeBytes()).isEqualTo(512);
        assertThat(uri.user()).isEqualTo("u");
        assertThat(uri.password()).isEqualTo("p@ss");
        assertThat(uri.clientId()).isEqualTo("me+you");
        ConnectionSettings settings = uri.connectionSettings();
        assertThat(settings.receiving().prefetch()).isEqualTo(new ConnectionSettings.Prefetch(0, 7, 0, 8));
        assertThat(settings.receiving().drainTimeoutMillis()).isEqualTo(9);
        assertThat(settings.receiving().localExpiry()).isFalse();
        assertThat(settings.receiving().redeliveriesMax()).isEqualTo(3);
        assertThat(settings.receiving().redeliveryOutcome()).isEqualTo(Settlement.REJECTED);
        assertThat(settings.connectTimeoutMillis()).isEqualTo(1);
        assertThat(settings.requestTimeoutMillis()).isEqualTo(2);
        assertThat(settings.sendTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.closeTimeoutMillis()).isEqualTo(4);
        assertThat(settings.sending().windowBytes()).isEqualTo(2048);
        assertThat(settings.sending().forceSync()).isTrue();
        assertThat(settings.sending().messageIdType()).isEqualTo(MessageIdType.UUID);
        assertThat(settings.naming().clientIdPrefix()).isEqualTo("c-");
    }

    @Test
    void readsOptionsOfTheTransport() {
        ConnectionUri uri = ConnectionUri.parse("amqpwss://my_broker/path?transport.ws.httpHeader.X-Key=a%20b"
                + "&transport.trustStoreLocation=t.p12&transport.trustStorePassword=s&transport.storeType=JKS"
                + "&transport.keyStoreLocation=k.pem&transport.keyStoreType=PEM&transport.enabledProtocols=TLSv1.3,%20TLSv1.2"
                + "&transport.tcpNoDelay=false&transport.soLinger=0&amqp.saslMechanisms=PLAIN,SCRAM-SHA-256");
        var transport = broker(uri).transport();
        var tls = Objects.requireNonNull(transport.tls());
        var webSocket = Objects.requireNonNull(transport.webSocket());
        assertThat(broker(uri).host()).isEqualTo("my_broker");
        assertThat(broker(uri).port()).isEqualTo(443);
        assertThat(webSocket.path()).isEqualTo("/path");
        assertThat(webSocket.headers()).isEqualTo(Map.of("X-Key", "a b"));
        assertThat(Objects.requireNonNull(tls.trust()).file()).isEqualTo(Path.of("t.p12"));
        assertThat(tls.trust().type()).isEqualTo("JKS");
        assertThat(Objects.requireNonNull(tls.keys()).type()).isEqualTo("PEM");
        assertThat(tls.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(transport.tcp().noDelay()).isFalse();
        assertThat(transport.tcp().lingerSeconds()).isZero();
        assertThat(broker(uri).login().mechanisms()).extracting("text").containsExactly("PLAIN", "SCRAM-SHA-256");
        assertThat(tls.toString() + uri.brokers(null, null)).doesNotContain("password=s");
    }

    @Test
    void readsSeveralBrokersEachWithItsOwnOptions() {
        ConnectionUri uri = ConnectionUri.parse(
                "failover:(amqp://a?amqp.vhost=one,amqps://b:7?transport.enabledCipherSuites"
                        + "=X,Y)?jms.username=u&failover.nested.amqp.vhost=all&failover.randomize=true&jms.sendTimeout=5");
        List<AmqpSettings> brokers = uri.brokers(null, null);
        assertThat(uri.isFailover()).isTrue();
        assertThat(brokers).extracting(AmqpSettings::host).containsExactly("a", "b");
        assertThat(brokers).extracting(AmqpSettings::port).containsExactly(5672, 7);
        assertThat(brokers).extracting(AmqpSettings::virtualHost).containsExactly("one", "all");
        assertThat(Objects.requireNonNull(brokers.get(1).transport().tls()).ciphers())
                .containsExactly("X", "Y");
        assertThat(uri.user()).isEqualTo("u");
        assertThat(uri.connectionSettings().sendTimeoutMillis()).isEqualTo(5);
        assertThat(uri.failoverSettings().randomize()).isTrue();
        assertThat(uri.with(ConnectionOption.RANDOMIZE, "false").failoverSettings())
                .isEqualTo(FailoverSettings.DEFAULT);
    }

    @Test
    void tellsNoBrokerTheUserOfAnother() {
        ConnectionUri uri = ConnectionUri.parse(
                "failover:(amqp://ann:a@one,amqp://two?jms.username=bob&jms.password=b,amqp://three)?jms.username=eve");

        assertThat(uri.user()).isEqualTo("eve");
        assertThat(own(uri)).containsExactly("ann/a", "bob/b", null);
        assertThat(own(uri.with(ConnectionOption.USERNAME, "set"))).containsExactly("set/a", "set/b", null);
        assertThat(own(uri.with(ConnectionOption.PASSWORD, "p"))).containsExactly("ann/p", "bob/p", null);
        assertThat(own(uri.with(ConnectionOption.USERNAME, "set").with(ConnectionOption.PASSWORD, "p")))
                .containsOnlyNulls();
        ConnectionUri alone = ConnectionUri.parse("amqp://ann:a@one");
        assertThat(alone.user()).isEqualTo("ann");
        assertThat(own(alone)).containsOnlyNulls();
    }

    @Test
    void takesWhatABrokersOwnLoginDoesNotSayFromTheConnection() {
        ConnectionUri uri = ConnectionUri.parse(
                "failover:(amqp://ann@one,amqp://two?jms.password=b,amqp://three)?jms.username=eve&jms.password=e");

        assertThat(own(uri)).containsExactly("ann/e", "eve/b", null);
        assertThat(uri.user() + '/' + uri.password()).isEqualTo("eve/e");
        assertThat(own(uri.with(ConnectionOption.PASSWORD, "p"))).containsExactly("ann/p", null, null);
        assertThat(own(ConnectionUri.parse("failover:(amqp://ann@one,amqp://two)")
                        .with(ConnectionOption.PASSWORD, "p")))
                .containsExactly("ann/p", null);
    }

    @Test
    void tellsNoBrokerThePasswordOfAnotherThatNamesNoUser() {
        ConnectionUri uri = ConnectionUri.parse("failover:(amqp://one?jms.password=x,amqp://two)?jms.username=eve");

        assertThat(own(uri)).containsExactly("eve/x", null);
        assertThat(uri.password()).isNull();
        assertThat(own(ConnectionUri.parse("failover:(amqp://one?jms.password=token,amqp://two)")))
                .containsExactly("null/token", null);
    }

    @ParameterizedTest
    @CsvSource({
        "failover:(amqp://ann@one)?jms.password=pw, ann, pw",
        "failover:(amqp://ann@one?jms.password=pw), ann, pw",
        "failover:(amqp://ann:pw@one)?jms.username=eve&jms.password=e, ann, pw",
        "amqp://ann@one?jms.password=pw, ann, pw"
    })
    void theLoginOfTheOnlyBrokerIsTheConnections(String text, String user, String password) {
        ConnectionUri uri = ConnectionUri.parse(text);

        assertThat(uri.user()).isEqualTo(user);
        assertThat(uri.password()).isEqualTo(password);
        assertThat(own(uri)).containsOnlyNulls();
        assertThat(uri.with(ConnectionOption.USERNAME, "set").user()).isEqualTo("set");
        assertThat(uri.with(ConnectionOption.USERNAME, "set").password()).isEqualTo(password);
        assertThat(uri.with(ConnectionOption.PASSWORD, "p").password()).isEqualTo("p");
    }

    private static List<@Nullable String> own(ConnectionUri uri) {
        List<@Nullable String> users = new ArrayList<>();
        for (AmqpSettings broker : uri.brokers(null, null)) {
            AmqpSettings.User own = broker.login().own();
            users.add(own == null ? null : own.name() + '/' + own.password());
        }
        return users;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "failover:(amqp://one,amqp://two?amqp.idleTimeout=1)?jms.username=u&jms.password=p | true",
                "failover:(amqps://one:1,amqpwss://two:2)?transport.trustAll=true | true",
                "failover:(amqp://one,amqps://two) | false",
                "failover:(amqp://one,amqp://ann@two) | false",
                "failover:(amqp://one,amqp://two?amqp.saslMechanisms=PLAIN) | false",
                "failover:(amqps://one,amqps://two?transport.keyStoreLocation=k.pem) | false"
            })
    void knowsWhichBrokersAreShownTheSameLogin(String text, boolean same) {
        List<Object> logins = ConnectionUri.parse(text).brokers(null, () -> "token").stream()
                .map(each -> new AmqpProviderFactory(each).login())
                .distinct()
                .toList();

        assertThat(logins).hasSize(same ? 1 : 2);
        assertThat(logins.toString()).doesNotContain("password=p");
    }

    @Test
    void takesOptionsThatAreRightOnlyTogetherInAnyOrder() {
        ConnectionUri uri = ConnectionUri.parse("failover:(amqp://one)");
        for (List<String> order : List.of(
                List.of("failover.reconnectDelay", "failover.maxReconnectDelay"),
                List.of("failover.maxReconnectDelay", "failover.reconnectDelay"))) {
            // More than the default of the other, which is 30 s.
            Map<String, String> options = new LinkedHashMap<>();
            order.forEach(each -> options.put(each, each.contains("max") ? "90000" : "60000"));
            assertThat(uri.with(options).failoverSettings().reconnectDelayMillis())
                    .isEqualTo(60_000);
        }
    }

    @Test
    void understandsTheAddressesOfOtherClients() {
        assertThat(addresses("tcp://a:61616")).containsExactly("a:61616");
        assertThat(addresses("failover:(tcp://a:61616,ssl://b)")).containsExactly("a:61616", "b:5671 by TLS");
        assertThat(addresses("failover://(nio://a:1, nio+ssl://b:2)")).containsExactly("a:1", "b:2 by TLS");
        assertThat(addresses("failover:tcp://a:1,tcp://b:2")).containsExactly("a:1", "b:2");
        assertThat(addresses("(tcp://a,tcp://b)?ha=true")).containsExactly("a:5672", "b:5672");
        assertThat(addresses("tcp://a:61617?sslEnabled=true")).containsExactly("a:61617 by TLS");
        assertThat(addresses("tcp://a?sslEnabled=false")).containsExactly("a:5672");
        assertThat(addresses("(tcp://a:1,tcp://b?sslEnabled=true)")).containsExactly("a:1", "b:5671 by TLS");
        assertThat(addresses("(tcp://a:1,tcp://b)?sslEnabled=true")).containsExactly("a:1 by TLS", "b:5671 by TLS");
        assertThat(ConnectionUri.parse("tcp://a?sslEnabled=true").ignored()).isEmpty();
    }

    @Test
    void putsTheOptionsOfOtherClientsIntoOurWordsAndNamesTheRest() {
        ConnectionUri activeMq = ConnectionUri.parse(
                "failover:(tcp://a:61616?keepAlive=true&wireFormat.tightEncodingEnabled=x"
                        + "&wireFormat.maxInactivityDuration=9000)?jms.prefetchPolicy.all=5&jms.useAsyncSend=true"
                        + "&jms.useCompression=true&maxReconnectAttempts=3&updateURIsSupported=false&trackMessages=true");
        assertThat(activeMq.connectionSettings().receiving().prefetch()).isEqualTo(ConnectionSettings.Prefetch.all(5));
        assertThat(activeMq.connectionSettings().sending().forceAsync()).isTrue();
        assertThat(broker(activeMq).transport().tcp().keepAlive()).isTrue();
        assertThat(broker(activeMq).idleTimeoutMillis()).isEqualTo(9_000);
        assertThat(activeMq.failoverSettings().maxReconnectAttempts()).isEqualTo(3);
        assertThat(activeMq.failoverSettings().startupMaxReconnectAttempts()).isEqualTo(3);
        assertThat(activeMq.value(ConnectionOption.SERVER_LIST_ACTION)).isEqualTo("IGNORE");
        assertThat(activeMq.ignored())
                .containsExactlyInAnyOrder("wireFormat.tightEncodingEnabled", "jms.useCompression", "trackMessages");
        ConnectionUri artemis = ConnectionUri.parse("(tcp://a,tcp://b)?ha=true&reconnectAttempts=-1&retryInterval=500"
                + "&user=u&password=p&blockOnDurableSend=false&consumerWindowSize=0&minLargeMessageSize=1");
        assertThat(artemis.isFailover()).isTrue();
        assertThat(artemis.user()).isEqualTo("u");
        assertThat(artemis.value(ConnectionOption.RECONNECT_DELAY)).isEqualTo("500");
        assertThat(artemis.connectionSettings().sending().forceAsync()).isTrue();
        assertThat(artemis.connectionSettings().receiving().prefetch().queue()).isZero();
        assertThat(artemis.ignored()).containsExactly("minLargeMessageSize");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0"})
    void takesWhatIsNotPositiveAsNoLimitWhereOtherClientsDo(String value) {
        ConnectionUri uri = ConnectionUri.parse("tcp://h?callTimeout=" + value + "&connect-timeout-millis=" + value
                + "&connectionTTL=-1&reconnectAttempts=-1&producerWindowSize=-1&tcpSendBufferSize=-1"
                + "&tcpReceiveBufferSize=-1&jms.sendTimeout=" + value + "&jms.connectResponseTimeout=" + value
                + "&jms.closeTimeout=" + value);
        ConnectionSettings settings = uri.connectionSettings();

        assertThat(settings.requestTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.sendTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.closeTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.connectTimeoutMillis()).isEqualTo(ConnectionSettings.NO_LIMIT);
        assertThat(settings.sending().windowBytes()).isEqualTo(Integer.MAX_VALUE);
        assertThat(broker(uri).idleTimeoutMillis()).isZero();
        assertThat(broker(uri).transport().tcp().connectTimeoutMillis()).isEqualTo(Integer.MAX_VALUE);
        assertThat(broker(uri).transport().tcp().sendBufferBytes()).isZero();
        assertThat(uri.failoverSettings().maxReconnectAttempts()).isEqualTo(FailoverSettings.NO_LIMIT);
        // Our own words mean what they say.
        assertThatThrownBy(() -> ConnectionUri.parse("amqp://h?jms.sendTimeout=0"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesWhatHasNoEffectWhereSomebodyWantsAnother() {
        assertThat(ConnectionUri.parse("amqp://h?transport.useEpoll=true&jms.tracing=noop")
                        .ignored())
                .isEmpty();
        assertThat(ConnectionUri.parse("amqp://h?transport.useOpenSSL=true&jms.forceAsyncAcks=true")
                        .ignored())
                .containsExactly("jms.forceAsyncAcks", "transport.useOpenSSL");
        assertThat(ConnectionUri.parse("amqp://h?jms.tracing=opentracing").isTraced())
                .isFalse();
    }

    @Test
    void whatIsSetComesBeforeTheUri() {
        ConnectionUri uri = ConnectionUri.parse("failover:(amqp://a?amqp.vhost=one)?jms.sendTimeout=5")
                .with(ConnectionOption.VIRTUAL_HOST, "mine")
                .with(Map.of("jms.sendTimeout", "7"));
        assertThat(broker(uri).virtualHost()).isEqualTo("mine");
        assertThat(uri.connectionSettings().sendTimeoutMillis()).isEqualTo(7);
        ConnectionUri elsewhere = ConnectionUri.parse("amqp://b").withOverridesOf(uri);
        assertThat(broker(elsewhere).host()).isEqualTo("b");
        assertThat(broker(elsewhere).virtualHost()).isEqualTo("mine");
        assertThat(uri.with(ConnectionOption.SEND_TIMEOUT, null)
                        .connectionSettings()
                        .sendTimeoutMillis())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "jms.clientId, jms.clientID",
        "jms.user, jms.username",
        "jms.prefetchPolicy.al, jms.prefetchPolicy.all",
        "transport.truststoreLocation, transport.trustStoreLocation",
        "failover.maxReconnectAttempt, failover.maxReconnectAttempts",
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
                "http://h",
                "discovery:(file:x)",
                "failover:()",
                "failover:(amqp://a",
                "failover:(amqp://a)x",
                "failover:(amqp://a)?failover.reconnectDelay=40000",
                "failover:(amqp://a)?failover.amqpOpenServerListAction=DROP",
                "failover:(amqp://a)?jms.nothing=1",
                "amqps://h?transport.trustAll=perhaps",
                "amqp://h?amqp.saslMechanisms=GSSAPI",
                "amqp://h?jms.messageIDPolicy.messageIDType=LONG",
                "amqp://h?jms.clientID=%zz",
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
                "amqp://h?jms.forceSyncSend=true&jms.forceAsyncSend=true"
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
