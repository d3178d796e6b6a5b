package dev.godwit.distribution;

import dev.godwit.amqp.transport.ConnectionLimits;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.LimitsConfiguration;
import dev.godwit.broker.Listen;
import dev.godwit.broker.ListenLimits;
import dev.godwit.broker.Listener;
import dev.godwit.broker.RoutingConfiguration;
import dev.godwit.broker.Scheme;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.intake.SenderRule;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.security.TokenSettings;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.distribution.configuration.Configuration;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationKeys;
import dev.godwit.distribution.configuration.ConfiguredListener;
import dev.godwit.distribution.configuration.ConfiguredPermission;
import dev.godwit.distribution.configuration.ConfiguredUser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns what was configured into what the broker takes. The only class that knows both sides. */
final class BrokerSettings {
    private BrokerSettings() {}

    /** The broker's configuration; a relative data directory starts at {@code home}. */
    static BrokerConfiguration of(Configuration configured, Path home) throws ConfigurationException {
        return new BrokerConfiguration(
                new BrokerConfiguration.Node(
                        configured.get(ConfigurationKeys.NODE_NAME),
                        home.resolve(configured.get(ConfigurationKeys.DATA_DIRECTORY)),
                        eventLoops(configured),
                        ClusterSettings.of(configured)),
                listen(configured),
                queues(configured),
                new BrokerConfiguration.Journal(
                        segmentBytes(configured),
                        Math.toIntExact(configured.get(ConfigurationKeys.RESERVE_SEGMENTS)),
                        configured.get(ConfigurationKeys.SCRUB),
                        new BrokerConfiguration.Journal.Keep(
                                configured.get(ConfigurationKeys.KEEP_TIME),
                                configured.get(ConfigurationKeys.KEEP_SIZE)),
                        false),
                new BrokerConfiguration.Security(
                        configured.get(ConfigurationKeys.USERS).stream()
                                .collect(Collectors.toMap(
                                        ConfiguredUser::name,
                                        user -> new BrokerConfiguration.User(user.passwordHash(), user.groups()))),
                        configured.get(ConfigurationKeys.PERMISSIONS).stream()
                                .map(BrokerSettings::rule)
                                .toList(),
                        configured.get(ConfigurationKeys.PLAIN_WITHOUT_TLS),
                        configured.get(ConfigurationKeys.CERTIFICATE_USER),
                        tokens(configured, home)),
                new TransactionLimits(
                        configured.get(ConfigurationKeys.TRANSACTION_TIMEOUT),
                        Math.toIntExact(configured.get(ConfigurationKeys.TRANSACTIONS_PER_CONNECTION)),
                        configured.get(ConfigurationKeys.TRANSACTION_SIZE),
                        Math.toIntExact(configured.get(ConfigurationKeys.TRANSACTION_OPERATIONS)),
                        Math.toIntExact(configured.get(ConfigurationKeys.TRANSACTIONS_PREPARED)),
                        Math.toIntExact(configured.get(ConfigurationKeys.TRANSACTIONS_PREPARED_PER_USER)),
                        new OutcomeLimits(
                                configured.get(ConfigurationKeys.OUTCOME_KEPT),
                                Math.toIntExact(configured.get(ConfigurationKeys.OUTCOMES_PER_USER)),
                                configured.get(ConfigurationKeys.OUTCOME_SIZE_PER_USER))),
                new BrokerConfiguration.Topics(
                        configured.get(ConfigurationKeys.SUBSCRIPTION_MEMORY),
                        configured.get(ConfigurationKeys.TOPICS_MEMORY),
                        configured.get(ConfigurationKeys.SUBSCRIPTION_DISK),
                        configured.get(ConfigurationKeys.TOPICS_DISK),
                        configured.get(ConfigurationKeys.DETACH_SLOW),
                        Math.toIntExact(configured.get(ConfigurationKeys.DURABLE_SUBSCRIPTIONS_PER_USER))),
                routing(configured),
                new LimitsConfiguration(
                        senders(configured),
                        configured.get(ConfigurationKeys.DISK_BYTES_MAX),
                        configured.get(ConfigurationKeys.DISK_FREE_MIN)));
    }

    private static List<SenderRule> senders(Configuration configured) {
        var rules = new ArrayList<>(configured.get(ConfigurationKeys.TENANT_LIMITS));
        rules.addAll(configured.get(ConfigurationKeys.USER_LIMITS));
        return rules;
    }

    private static RoutingConfiguration routing(Configuration configured) {
        var rules = new ArrayList<>(configured.get(ConfigurationKeys.ALIASES));
        rules.addAll(configured.get(ConfigurationKeys.ROUTES));
        return new RoutingConfiguration(rules, configured.get(ConfigurationKeys.VIRTUAL_TOPICS));
    }

    private static @Nullable TokenSettings tokens(Configuration configured, Path home) {
        var keys = configured.get(ConfigurationKeys.TOKEN_KEYS);
        if (keys.isEmpty()) {
            return null;
        }
        boolean web = keys.startsWith("https://") || keys.startsWith("http://");
        return new TokenSettings(
                web ? keys : home.resolve(keys).toString(),
                configured.get(ConfigurationKeys.TOKEN_ISSUER),
                configured.get(ConfigurationKeys.TOKEN_AUDIENCE),
                Math.toIntExact(configured.get(ConfigurationKeys.TOKEN_CLOCK_SKEW) / 1_000),
                configured.get(ConfigurationKeys.TOKEN_USER_CLAIM),
                configured.get(ConfigurationKeys.TOKEN_GROUPS_CLAIM),
                Math.toIntExact(configured.get(ConfigurationKeys.TOKEN_SIZE)));
    }

    private static Listener listener(ConfiguredListener listener) {
        return new Listener(
                Scheme.valueOf(listener.scheme().toUpperCase(Locale.ROOT)),
                listener.host(),
                listener.port(),
                listener.mechanisms(),
                ClientCertificates.valueOf(listener.clientCertificates().toUpperCase(Locale.ROOT)),
                listener.proxies());
    }

    private static @Nullable TlsFiles tls(Configuration configured) {
        var certificates = configured.get(ConfigurationKeys.TLS_CERTIFICATES);
        if (certificates.isEmpty()) {
            return null;
        }
        var trust = configured.get(ConfigurationKeys.TLS_TRUST);
        var password = configured.get(ConfigurationKeys.TLS_TRUST_PASSWORD);
        return new TlsFiles(
                certificates.stream()
                        .map(each -> new TlsFiles.KeyFile(each.certificates(), each.key(), each.password()))
                        .toList(),
                trust.toString().isEmpty() ? null : new TlsFiles.Trust(trust, password.isEmpty() ? null : password));
    }

    private static AccessRule rule(ConfiguredPermission permission) {
        var actions = EnumSet.noneOf(Action.class);
        for (var name : permission.actions()) {
            if (name.equals(ConfiguredPermission.ALL)) {
                actions.addAll(EnumSet.allOf(Action.class));
            } else {
                actions.add(Action.valueOf(name.toUpperCase(Locale.ROOT)));
            }
        }
        return new AccessRule(
                permission.users(), permission.groups(), permission.addresses(), actions, permission.allows());
    }

    static int segmentBytes(Configuration configured) {
        return Math.toIntExact(configured.get(ConfigurationKeys.SEGMENT_SIZE));
    }

    private static int eventLoops(Configuration configured) {
        int wanted = Math.toIntExact(configured.get(ConfigurationKeys.EVENT_LOOPS));
        return wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    }

    private static Listen listen(Configuration configured) {
        var listeners = new ArrayList<Listener>();
        listeners.add(new Listener(
                Scheme.AMQP,
                configured.get(ConfigurationKeys.LISTEN_HOST),
                Math.toIntExact(configured.get(ConfigurationKeys.LISTEN_PORT)),
                configured.get(ConfigurationKeys.LISTEN_MECHANISMS),
                ClientCertificates.NONE,
                configured.get(ConfigurationKeys.LISTEN_PROXIES)));
        configured.get(ConfigurationKeys.LISTENERS).forEach(each -> listeners.add(listener(each)));
        var tls = tls(configured);
        return new Listen(
                listeners,
                listenLimits(configured),
                tls == null ? null : new Listen.Tls(tls, configured.get(ConfigurationKeys.TLS_RELOAD)),
                configured.get(ConfigurationKeys.HOSTNAMES),
                configured.get(ConfigurationKeys.UNKNOWN_ANNOTATIONS),
                health(configured));
    }

    private static ListenLimits listenLimits(Configuration configured) {
        return new ListenLimits(
                Math.toIntExact(configured.get(ConfigurationKeys.MAX_FRAME_SIZE)),
                configured.get(ConfigurationKeys.MAX_MESSAGE_SIZE),
                configured.get(ConfigurationKeys.IDLE_TIMEOUT),
                configured.get(ConfigurationKeys.HANDSHAKE_TIMEOUT),
                new ConnectionLimits(
                        Math.toIntExact(configured.get(ConfigurationKeys.CONNECTIONS_MAX)),
                        Math.toIntExact(configured.get(ConfigurationKeys.CONNECTIONS_PER_IP_MAX)),
                        Math.toIntExact(configured.get(ConfigurationKeys.CONNECTIONS_BEFORE_LOGIN_MAX))));
    }

    private static @Nullable NodeAddress health(Configuration configured) {
        var address = configured.get(ConfigurationKeys.HEALTH_LISTEN);
        return address.isEmpty() ? null : NodeAddress.parse(address);
    }

    private static BrokerConfiguration.Queues queues(Configuration configured) {
        String deadLetterAddress = configured.get(ConfigurationKeys.DEAD_LETTER_ADDRESS);
        long memoryBytes = configured.get(ConfigurationKeys.MESSAGE_MEMORY);
        return new BrokerConfiguration.Queues(
                new AutoCreation(
                        configured.get(ConfigurationKeys.AUTO_CREATE),
                        configured.get(ConfigurationKeys.AUTO_CREATE_EXCEPT),
                        configured.get(ConfigurationKeys.AUTO_CREATE_TOPICS)),
                new BrokerConfiguration.Predeclared(
                        configured.get(ConfigurationKeys.QUEUES), configured.get(ConfigurationKeys.TOPICS)),
                new BrokerConfiguration.DeadLetters(
                        deadLetterAddress.isEmpty() ? null : deadLetterAddress,
                        Math.toIntExact(configured.get(ConfigurationKeys.DELIVERY_ATTEMPTS_MAX))),
                memoryBytes == 0 ? BrokerConfiguration.defaultMessageMemoryBytes() : memoryBytes,
                configured.get(ConfigurationKeys.ADDRESSES));
    }
}
