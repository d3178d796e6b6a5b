package dev.godwit.jms.jndi;

import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import dev.godwit.jms.uri.ConnectionOption;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.naming.ConfigurationException;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/** What properties give a name to. Used once, by one thread. */
final class Bindings {
    private static final String FACTORY = "connectionfactory.";
    private static final String QUEUE = "queue.";
    private static final String TOPIC = "topic.";
    private static final String PROPERTY = "property.";

    /** Of the broker that {@code java.naming.provider.url} names; ActiveMQ's users look these up. */
    private static final String[] DEFAULT_FACTORIES = {
        "ConnectionFactory", "QueueConnectionFactory", "TopicConnectionFactory"
    };

    private final Variables variables;
    private final Map<String, Object> bound = new TreeMap<>();

    /** Of connection factories, by the names of these. */
    private final Map<String, Map<String, String>> options = new TreeMap<>();

    Bindings(Variables variables) {
        this.variables = variables;
    }

    /**
     * The objects by their names.
     *
     * @param broker the URI of the broker that nothing else names; null for none
     * @throws NamingException saying which property is wrong
     */
    Map<String, Object> read(Map<String, String> properties, @Nullable String broker) throws NamingException {
        if (broker != null) {
            for (String name : DEFAULT_FACTORIES) {
                bound.put(name, factory("java.naming.provider.url", broker));
            }
        }
        for (Map.Entry<String, String> property : properties.entrySet()) {
            bind(property.getKey(), property.getValue());
        }
        for (Map.Entry<String, String> property : properties.entrySet()) {
            if (property.getKey().startsWith(PROPERTY)) {
                collect(property.getKey(), variables.expand(property.getValue()));
            }
        }
        for (Map.Entry<String, Map<String, String>> each : options.entrySet()) {
            set(each.getKey(), each.getValue());
        }
        return bound;
    }

    private void bind(String key, String value) throws NamingException {
        String name = afterPrefix(FACTORY, key);
        if (name != null) {
            bound.put(name, factory(key, variables.expand(value)));
            return;
        }
        name = afterPrefix(QUEUE, key);
        if (name != null) {
            bound.put(name, new GodwitQueue(present(key, variables.expand(value))));
            return;
        }
        name = afterPrefix(TOPIC, key);
        if (name != null) {
            bound.put(name, new GodwitTopic(present(key, variables.expand(value))));
        }
    }

    /** Whatever the case of the prefix' letters: clients differ there. */
    private static @Nullable String afterPrefix(String prefix, String key) {
        return key.length() > prefix.length() && key.toLowerCase(Locale.ROOT).startsWith(prefix)
                ? key.substring(prefix.length())
                : null;
    }

    private static String present(String key, String value) throws NamingException {
        if (value.isBlank()) {
            throw new ConfigurationException(key + " names no destination");
        }
        return value.strip();
    }

    private static GodwitConnectionFactory factory(String key, String uri) throws NamingException {
        try {
            return new GodwitConnectionFactory(uri.isBlank() ? GodwitConnectionFactory.DEFAULT_URI : uri.strip());
        } catch (IllegalArgumentException wrong) {
            throw failure(key, wrong);
        }
    }

    /** Names may have dots, and so may options: the longest name that is bound is meant. */
    private void collect(String key, String value) throws NamingException {
        String rest = afterPrefix(FACTORY, key.substring(PROPERTY.length()));
        if (rest == null) {
            return;
        }
        for (int dot = rest.lastIndexOf('.'); dot > 0; dot = rest.lastIndexOf('.', dot - 1)) {
            String name = rest.substring(0, dot);
            if (bound.get(name) instanceof GodwitConnectionFactory) {
                String option = rest.substring(dot + 1);
                boolean isShort =
                        ConnectionOption.named(option) == null && ConnectionOption.named("jms." + option) != null;
                options.computeIfAbsent(name, unused -> new TreeMap<>()).put(isShort ? "jms." + option : option, value);
                return;
            }
        }
        throw new ConfigurationException(key + " is about a connection factory that no other property names");
    }

    /** All at once: one may be right only with another. */
    private void set(String name, Map<String, String> values) throws NamingException {
        if (bound.get(name) instanceof GodwitConnectionFactory factory) {
            try {
                factory.setOptions(values);
            } catch (IllegalArgumentException wrong) {
                String keys = values.keySet().stream()
                        .map(option -> PROPERTY + FACTORY + name + '.' + option)
                        .collect(Collectors.joining(", "));
                throw failure(keys, wrong);
            }
        }
    }

    private static NamingException failure(String key, IllegalArgumentException wrong) {
        NamingException failure = new ConfigurationException(key + ": " + wrong.getMessage());
        failure.setRootCause(wrong);
        return failure;
    }
}
