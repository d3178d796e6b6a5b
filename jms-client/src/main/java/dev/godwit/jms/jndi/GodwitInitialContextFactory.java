package dev.godwit.jms.jndi;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.naming.ConfigurationException;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.spi.InitialContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where JNDI begins: name this class as {@code java.naming.factory.initial}. What can be looked up is said by properties, of
 * the environment, of {@code jndi.properties}, or of a file that {@code java.naming.provider.url} names; what stands nearer to
 * the program wins. If that names a broker instead, it is there as {@code ConnectionFactory}.
 *
 * <p>The properties: {@code connectionfactory.NAME} with a URI, {@code property.connectionfactory.NAME.OPTION} with the value
 * of one of its options, {@code queue.NAME} and {@code topic.NAME} with the name of a destination. In values
 * <code>${env:NAME}</code>, <code>${sys:NAME}</code> and <code>${NAME}</code> stand for variables of the environment, system
 * properties and either of them, with what takes their place after {@code :-}.
 */
public final class GodwitInitialContextFactory implements InitialContextFactory {
    private static final Pattern BROKER =
            Pattern.compile("\\(.*|(failover|amqps?|amqpwss?|tcp|ssl|nio|nio\\+ssl|wss?):.*", Pattern.CASE_INSENSITIVE);

    @Override
    @SuppressWarnings("JdkObsolete") // JNDI's interface.
    public Context getInitialContext(@Nullable Hashtable<?, ?> environment) throws NamingException {
        Map<String, String> properties = new TreeMap<>();
        String broker = null;
        Object provider = environment == null ? null : environment.get(Context.PROVIDER_URL);
        if (provider instanceof String text && !text.isBlank()) {
            String expanded = Variables.OF_PROCESS.expand(text.strip());
            if (BROKER.matcher(expanded).matches()) {
                broker = expanded;
            } else {
                properties.putAll(read(expanded));
            }
        }
        if (environment != null) {
            environment.forEach((key, value) -> {
                if (key instanceof String name && value instanceof String text) {
                    properties.put(name, text);
                }
            });
        }
        Hashtable<String, Object> copy = new Hashtable<>();
        if (environment != null) {
            environment.forEach((key, value) -> copy.put(String.valueOf(key), value));
        }
        return new PropertiesContext(new Bindings(Variables.OF_PROCESS).read(properties, broker), copy);
    }

    private static Map<String, String> read(String place) throws NamingException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(path(place), StandardCharsets.UTF_8)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException unreadable) {
            NamingException failure = new ConfigurationException("java.naming.provider.url names " + place
                    + ", which is neither a broker nor a file with properties: " + unreadable);
            failure.setRootCause(unreadable);
            throw failure;
        }
        Map<String, String> read = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> read.put(name, properties.getProperty(name)));
        return read;
    }

    private static Path path(String place) throws IOException {
        try {
            return place.startsWith("file:") ? Path.of(URI.create(place)) : Path.of(place);
        } catch (InvalidPathException noPath) {
            throw new IOException("no name of a file", noPath);
        }
    }
}
