package dev.godwit.jms.uri;

import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ConnectionSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A connection URI, taken apart: the address of one broker, {@code amqp://host?option=value&…}, or of several,
 * {@code failover:(amqp://a,amqps://b?option=value)?option=value&…}. Addresses as ActiveMQ and Artemis have them are
 * understood as far as they mean something here. Immutable.
 *
 * <p>What is wrong with one is said by an {@link IllegalArgumentException}: an option that does not exist, with the
 * nearest that does, or a value that it cannot have.
 */
public final class ConnectionUri {
    private static final String FAILOVER = "failover:";
    private static final String NESTED = "failover.nested.";

    private final String text;
    private final List<Broker> brokers;
    private final OptionValues connection;
    private final OptionValues overrides;
    private final boolean several;
    private final List<String> ignored;

    /**
     * A broker, and what is for it alone.
     *
     * @param login the user and the password, where they are its own; what is missing is the connection's
     */
    private record Broker(BrokerUri uri, OptionValues options, OptionValues login) {}

    private ConnectionUri(
            String text,
            List<Broker> brokers,
            OptionValues connection,
            OptionValues overrides,
            boolean several,
            List<String> ignored) {
        this.text = text;
        this.brokers = brokers;
        this.connection = connection;
        this.overrides = overrides;
        this.several = several;
        this.ignored = ignored;
        connectionSettings();
        failoverSettings();
        isTraced();
        brokers(null, null);
    }

    public static ConnectionUri parse(String text) {
        String trimmed = text.strip();
        boolean failover = trimmed.toLowerCase(Locale.ROOT).startsWith(FAILOVER);
        String list = failover ? trimmed.substring(FAILOVER.length()) : trimmed;
        if (failover && list.startsWith("//")) {
            list = list.substring(2);
        }
        boolean several = failover || list.startsWith("(");
        UriText.Composite composite = several ? UriText.composite(list) : new UriText.Composite(List.of(trimmed), null);
        List<BrokerUri> addresses =
                composite.brokers().stream().map(BrokerUri::parse).toList();
        boolean foreign = (several && !failover) || addresses.stream().anyMatch(BrokerUri::foreign);
        List<UriText.Pair> outer = UriText.pairs(composite.query());
        return new Reading(foreign)
                .read(text, several, foreign ? encryptedAsAsked(composite.brokers(), outer) : addresses, outer);
    }

    private static List<BrokerUri> encryptedAsAsked(List<String> brokers, List<UriText.Pair> outer) {
        boolean all = ForeignOptions.asksForTls(outer);
        return brokers.stream()
                .map(each -> BrokerUri.parse(
                        each,
                        all
                                || ForeignOptions.asksForTls(
                                        UriText.pairs(BrokerUri.parse(each).query()))))
                .toList();
    }

    /** Sorts the options of a URI by what they concern. */
    private static final class Reading {
        private final boolean foreign;
        private final ForeignOptions foreignOptions = new ForeignOptions();
        private OptionValues connection = OptionValues.NONE;

        Reading(boolean foreign) {
            this.foreign = foreign;
        }

        ConnectionUri read(String text, boolean several, List<BrokerUri> addresses, List<UriText.Pair> outer) {
            OptionValues nested = OptionValues.NONE;
            for (UriText.Pair pair : outer) {
                nested = add(nested, pair);
            }
            connection = ofConnection(nested);
            List<Broker> brokers = new ArrayList<>();
            for (BrokerUri address : addresses) {
                OptionValues own = OptionValues.NONE;
                for (UriText.Pair pair : UriText.pairs(address.query())) {
                    own = add(own, pair);
                }
                if (address.user() != null) {
                    own = own.with(ConnectionOption.USERNAME, address.user());
                }
                if (address.password() != null) {
                    own = own.with(ConnectionOption.PASSWORD, address.password());
                }
                OptionValues login = login(own);
                if (addresses.size() == 1) {
                    connection = login.over(connection);
                    login = OptionValues.NONE;
                }
                // No other broker is told this one's password.
                OptionValues others = own.with(ConnectionOption.USERNAME, null).with(ConnectionOption.PASSWORD, null);
                connection = connection.over(ofConnection(others));
                brokers.add(new Broker(address, ofBroker(own).over(ofBroker(nested)), login));
            }
            List<String> without = new ArrayList<>(foreignOptions.ignored());
            for (Broker broker : brokers) {
                connection.over(broker.options()).given().forEach((option, value) -> {
                    boolean asEver = option.isEffective() || value.equals(option.defaultValue());
                    if (!asEver && !without.contains(option.key())) {
                        without.add(option.key());
                    }
                });
            }
            return new ConnectionUri(
                    text, List.copyOf(brokers), connection, OptionValues.NONE, several, List.copyOf(without));
        }

        private OptionValues add(OptionValues values, UriText.Pair pair) {
            UriText.Pair plain = pair.key().startsWith(NESTED)
                    ? new UriText.Pair(pair.key().substring(NESTED.length()), pair.value())
                    : pair;
            return foreign ? foreignOptions.add(values, plain) : values.with(plain.key(), plain.value());
        }

        private static OptionValues login(OptionValues all) {
            return OptionValues.NONE
                    .with(ConnectionOption.USERNAME, all.given().get(ConnectionOption.USERNAME))
                    .with(ConnectionOption.PASSWORD, all.given().get(ConnectionOption.PASSWORD));
        }

        private static OptionValues ofConnection(OptionValues all) {
            return all.only(ConnectionOption.Group.JMS, ConnectionOption.Group.FAILOVER);
        }

        private static OptionValues ofBroker(OptionValues all) {
            return all.only(ConnectionOption.Group.AMQP, ConnectionOption.Group.TRANSPORT);
        }
    }

    /**
     * With another value of an option, whatever the text says of it.
     *
     * @param value null to take what was given so away
     */
    public ConnectionUri with(ConnectionOption option, @Nullable String value) {
        return new ConnectionUri(text, brokers, connection, overrides.with(option, value), several, ignored);
    }

    /** The same for options by their names, all at once: none of them needs to be right without the others. */
    public ConnectionUri with(Map<String, String> values) {
        OptionValues more = overrides;
        for (Map.Entry<String, String> each : values.entrySet()) {
            more = more.with(each.getKey(), each.getValue());
        }
        return new ConnectionUri(text, brokers, connection, more, several, ignored);
    }

    /** This text, with what was given to the other by {@link #with}. */
    public ConnectionUri withOverridesOf(ConnectionUri other) {
        return new ConnectionUri(text, brokers, connection, other.overrides, several, ignored);
    }

    /** What was given by {@link #with}, by name. */
    public Map<String, String> overrides() {
        Map<String, String> byName = new LinkedHashMap<>();
        overrides.given().forEach((option, value) -> byName.put(option.key(), value));
        overrides.headers().forEach((name, value) -> byName.put(OptionValues.HEADER_PREFIX + name, value));
        return byName;
    }

    public ConnectionSettings connectionSettings() {
        // What concerns a broker and a consumer alike is as the first broker has it.
        return SettingsReader.connection(effective(brokers.get(0)));
    }

    /**
     * The brokers in their order.
     *
     * @param context in place of the key and trust stores; null to read these
     * @param tokens asked for a token at each login; null for none
     */
    public List<AmqpSettings> brokers(@Nullable SSLContext context, @Nullable Supplier<String> tokens) {
        List<AmqpSettings> settings = new ArrayList<>();
        for (Broker broker : brokers) {
            settings.add(SettingsReader.broker(broker.uri(), effective(broker), own(broker), context, tokens));
        }
        return List.copyOf(settings);
    }

    /** As whom at this broker alone; null as whom the connection says. What was given by {@link #with} comes first. */
    private AmqpSettings.@Nullable User own(Broker broker) {
        boolean asEverywhere = Stream.of(ConnectionOption.USERNAME, ConnectionOption.PASSWORD)
                .allMatch(option -> overrides.has(option) || !broker.login().has(option));
        OptionValues all = overrides.over(broker.login()).over(connection);
        return asEverywhere
                ? null
                : new AmqpSettings.User(
                        all.optional(ConnectionOption.USERNAME), all.optional(ConnectionOption.PASSWORD));
    }

    private OptionValues effective(Broker broker) {
        return overrides.over(connection).over(broker.options());
    }

    /** How a broker that is lost is replaced, if {@link #isFailover}. */
    public FailoverSettings failoverSettings() {
        return SettingsReader.failover(effective(brokers.get(0)));
    }

    /** Whether another broker, or the same once more, shall take the place of one that is lost. */
    public boolean isFailover() {
        return several
                || ConnectionOption.of(ConnectionOption.Group.FAILOVER).stream()
                        .anyMatch(option -> connection.has(option) || overrides.has(option));
    }

    /** Whether messages are traced by the OpenTelemetry of the program, if there is one. */
    public boolean isTraced() {
        return SettingsReader.isTraced(effective(brokers.get(0)));
    }

    /** The value of an option of the connection; its default when there is none. */
    public String value(ConnectionOption option) {
        return effective(brokers.get(0)).text(option);
    }

    private @Nullable String optional(ConnectionOption option) {
        return effective(brokers.get(0)).optional(option);
    }

    public @Nullable String clientId() {
        return optional(ConnectionOption.CLIENT_ID);
    }

    public @Nullable String user() {
        return optional(ConnectionOption.USERNAME);
    }

    public @Nullable String password() {
        return optional(ConnectionOption.PASSWORD);
    }

    /** As it was written. */
    public String text() {
        return text;
    }

    /** The names of the options that mean nothing here. */
    public List<String> ignored() {
        return ignored;
    }
}
