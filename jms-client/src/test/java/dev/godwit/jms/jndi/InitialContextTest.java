package dev.godwit.jms.jndi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.jms.ConnectionFactoryLoader;
import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Hashtable;
import java.util.Map;
import javax.naming.Context;
import javax.naming.InitialContext;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.OperationNotSupportedException;
import javax.naming.Referenceable;
import javax.naming.spi.NamingManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

// What is looked up was made here, of properties: nothing comes from elsewhere.
@SuppressWarnings({"BanJNDI", "JdkObsolete"})
class InitialContextTest {
    private static Context context(String... properties) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, GodwitInitialContextFactory.class.getName());
        for (int i = 0; i < properties.length; i += 2) {
            environment.put(properties[i], properties[i + 1]);
        }
        return new InitialContext(environment);
    }

    private static String uri(Context context, String name) throws NamingException {
        return ((GodwitConnectionFactory) context.lookup(name)).getUri();
    }

    @Test
    void findsWhatPropertiesName() throws NamingException {
        Context context = context(
                "connectionfactory.mine", "amqp://a:1?jms.clientID=me",
                "connectionFactory.other.with.dots", "failover:(amqp://a,amqp://b)",
                "queue.orders", "the.orders",
                "queue.queue/exampleQueue", "exampleQueue",
                "topic.news", "the.news");
        assertThat(uri(context, "mine")).isEqualTo("amqp://a:1?jms.clientID=me");
        assertThat(uri(context, "other.with.dots")).startsWith("failover:");
        assertThat(context.lookup("orders")).isEqualTo(new GodwitQueue("the.orders"));
        assertThat(context.lookup("queue/exampleQueue")).isEqualTo(new GodwitQueue("exampleQueue"));
        assertThat(context.lookup("news")).isEqualTo(new GodwitTopic("the.news"));
        assertThat(context.lookup("dynamicQueues/any/at.all")).isEqualTo(new GodwitQueue("any/at.all"));
        assertThat(context.lookup("dynamicTopics/any")).isEqualTo(new GodwitTopic("any"));
        assertThat(Collections.list(context.list("")))
                .extracting("name")
                .containsExactly("mine", "news", "orders", "other.with.dots", "queue/exampleQueue");
        assertThatThrownBy(() -> context.lookup("nothing"))
                .isInstanceOf(NameNotFoundException.class)
                .hasMessageContaining("nothing")
                .hasMessageContaining("orders");
        assertThatThrownBy(() -> context.bind("x", "y")).isInstanceOf(OperationNotSupportedException.class);
    }

    @Test
    void optionsMayStandInPropertiesOfTheirOwn() throws NamingException {
        Context context = context(
                "connectionfactory.a", "amqp://a",
                "connectionfactory.a.b", "amqp://b",
                "property.connectionfactory.a.username", "ann",
                "property.connectionFactory.a.b.jms.prefetchPolicy.all", "7",
                "property.connectionfactory.a.b.transport.tcpNoDelay", "false");
        assertThat(((GodwitConnectionFactory) context.lookup("a")).getUsername())
                .isEqualTo("ann");
        assertThat(((GodwitConnectionFactory) context.lookup("a.b")).getUsername())
                .isNull();
        assertThatThrownBy(() -> context("property.connectionfactory.b.username", "x"))
                .isInstanceOf(NamingException.class);
        assertThatThrownBy(
                        () -> context("connectionfactory.a", "amqp://a", "property.connectionfactory.a.usrname", "x"))
                .isInstanceOf(NamingException.class)
                .hasMessageContaining("property.connectionfactory.a.usrname")
                .hasMessageContaining("jms.username");
    }

    @Test
    void optionsMayBeRightOnlyTogether() throws Exception {
        // Below and above what the other one is by default.
        for (String[] delays : new String[][] {{"5", "1"}, {"90000", "60000"}}) {
            Context context = context(
                    "connectionfactory.a", "failover:(amqp://a)",
                    "property.connectionfactory.a.failover.maxReconnectDelay", delays[0],
                    "property.connectionfactory.a.failover.reconnectDelay", delays[1]);
            GodwitConnectionFactory factory = (GodwitConnectionFactory) context.lookup("a");

            Object again = new ConnectionFactoryLoader().getObjectInstance(factory.getReference(), null, null, null);

            assertThat(again).isInstanceOf(GodwitConnectionFactory.class);
        }
    }

    @Test
    void aFileMayHoldTheProperties(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("a.properties"), "connectionfactory.f=amqp://file\nqueue.q=fromFile\n");
        for (String place : new String[] {file.toString(), file.toUri().toString()}) {
            Context context = context(Context.PROVIDER_URL, place, "queue.q", "nearer");
            assertThat(uri(context, "f")).isEqualTo("amqp://file");
            assertThat(context.lookup("q")).isEqualTo(new GodwitQueue("nearer"));
        }
        assertThatThrownBy(() ->
                        context(Context.PROVIDER_URL, directory.resolve("none").toString()))
                .isInstanceOf(NamingException.class)
                .hasMessageContaining("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"amqp://a", "failover:(amqp://a,amqp://b)", "tcp://a:61616", "(tcp://a,tcp://b)?ha=true"})
    void theProviderMayBeABroker(String uri) throws NamingException {
        assertThat(uri(context(Context.PROVIDER_URL, uri), "ConnectionFactory")).isEqualTo(uri);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "amqp://${env:HOST} amqp://of-environment",
                "amqp://${sys:HOST} amqp://of-system",
                "amqp://${HOST} amqp://of-system",
                "amqp://${ONLY_ENV}:1 amqp://only-env:1",
                "amqp://${env:NONE:-else}:${sys:NO:-5} amqp://else:5",
                "$${HOST} ${HOST}",
                "a$b a$b"
            })
    void variablesStandForTheirValues(String text, String expanded) throws NamingException {
        Variables variables = new Variables(
                Map.of("HOST", "of-environment", "ONLY_ENV", "only-env")::get, Map.of("HOST", "of-system")::get);
        assertThat(variables.expand(text)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${env:NONE}", "${NONE}", "${", "${}"})
    void aVariableThatIsNowhereIsAnError(String text) {
        Variables variables = new Variables(name -> null, name -> null);
        assertThatThrownBy(() -> variables.expand(text)).isInstanceOf(NamingException.class);
    }

    @Test
    void variablesOfTheProcessArePutIn() throws NamingException {
        assertThat(context("queue.home", "${sys:java.version}").lookup("home"))
                .isEqualTo(new GodwitQueue(System.getProperty("java.version")));
    }

    @Test
    void whatIsWrongIsSaidWithTheProperty() {
        assertThatThrownBy(() -> context("connectionfactory.mine", "amqp://a?jms.clientId=1"))
                .isInstanceOf(NamingException.class)
                .hasMessageContaining("connectionfactory.mine")
                .hasMessageContaining("jms.clientID");
        assertThatThrownBy(() -> context("queue.empty", " ")).isInstanceOf(NamingException.class);
    }

    @Test
    void factoriesAndDestinationsAreStoredAndComeBack() throws Exception {
        GodwitConnectionFactory factory = new GodwitConnectionFactory("amqp://a?jms.clientID=me");
        factory.setUsername("ann");
        factory.setOption("transport.ws.httpHeader.X", "y");
        for (Object kept : new Object[] {serialized(factory), referenced(factory)}) {
            GodwitConnectionFactory again = (GodwitConnectionFactory) kept;
            assertThat(again.getUri()).isEqualTo(factory.getUri());
            assertThat(again.getUsername()).isEqualTo("ann");
            assertThat(again.getClientID()).isEqualTo("me");
        }
        for (Referenceable destination : new Referenceable[] {new GodwitQueue("q"), new GodwitTopic("t")}) {
            assertThat(serialized(destination)).isEqualTo(destination);
            assertThat(referenced(destination)).isEqualTo(destination);
        }
    }

    private static Object serialized(Object object) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readObject();
        }
    }

    /** As a directory service does it. */
    private static Object referenced(Referenceable object) throws Exception {
        return NamingManager.getObjectInstance(object.getReference(), null, null, new Hashtable<>());
    }
}
