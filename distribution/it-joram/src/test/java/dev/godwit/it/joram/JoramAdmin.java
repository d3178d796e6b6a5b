package dev.godwit.it.joram;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import org.jspecify.annotations.Nullable;
import org.objectweb.jtests.jms.admin.Admin;

/**
 * What JORAM's tests ask for their connection factories and destinations. Made by name, once for each test, and so told by
 * class variables what to make; used by the one thread that runs them.
 *
 * <p>Each destination is a new one behind the same name, so that no test finds what an earlier one left.
 */
public final class JoramAdmin implements Admin {
    private static final AtomicInteger DESTINATIONS = new AtomicInteger();
    private static @Nullable JmsClient client;
    private static @Nullable String uri;

    private final Map<String, Object> bound = new ConcurrentHashMap<>();

    /** Says what the tests that follow are made with. */
    static void use(JmsClient newClient, String newUri) {
        client = newClient;
        uri = newUri;
    }

    private static JmsClient client() {
        return Objects.requireNonNull(client, "nobody said which client");
    }

    @Override
    public String getName() {
        return client().name();
    }

    @Override
    public Context createContext() {
        return (Context) Proxy.newProxyInstance(
                Context.class.getClassLoader(),
                new Class<?>[] {Context.class},
                (context, method, arguments) -> switch (method.getName()) {
                    case "lookup" -> lookup((String) arguments[0]);
                    case "close" -> null;
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }

    private Object lookup(String name) throws NameNotFoundException {
        Object found = bound.get(name);
        if (found == null) {
            throw new NameNotFoundException(name);
        }
        return found;
    }

    @Override
    public void createConnectionFactory(String name) {
        bound.put(name, client().factory(Objects.requireNonNull(uri, "nobody said which broker")));
    }

    @Override
    public void createQueueConnectionFactory(String name) {
        createConnectionFactory(name);
    }

    @Override
    public void createTopicConnectionFactory(String name) {
        createConnectionFactory(name);
    }

    @Override
    public void createQueue(String name) {
        bound.put(name, client().queue(name + '-' + DESTINATIONS.incrementAndGet()));
    }

    @Override
    public void createTopic(String name) {
        bound.put(name, client().topic(name + '-' + DESTINATIONS.incrementAndGet()));
    }

    @Override
    public void deleteQueue(String name) {
        bound.remove(name);
    }

    @Override
    public void deleteTopic(String name) {
        bound.remove(name);
    }

    @Override
    public void deleteConnectionFactory(String name) {
        bound.remove(name);
    }

    @Override
    public void deleteQueueConnectionFactory(String name) {
        bound.remove(name);
    }

    @Override
    public void deleteTopicConnectionFactory(String name) {
        bound.remove(name);
    }

    /** The broker is there for all tests. */
    @Override
    public void startServer() {}

    @Override
    public void stopServer() {}

    @Override
    public void start() {}

    @Override
    public void stop() {}
}
