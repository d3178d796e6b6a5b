package dev.godwit.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ObjectInputStream;
import java.util.List;
import java.util.stream.Stream;

/**
 * The floors and rooms of docs/ARCHITECTURE.md, as a test: what each room may import, and nothing else. Think about the
 * layering before you add a name to a list. A room that no list names fails {@link #everyRoomIsListed}.
 */
@AnalyzeClasses(
        packages = "dev.godwit",
        importOptions = {DoNotIncludeTests.class, LayeringTest.DoNotIncludeTestJars.class})
class LayeringTest {
    /** Fixtures of other modules, when they come as a jar. */
    static final class DoNotIncludeTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String STORAGE = "dev.godwit.storage.";
    private static final String AMQP = "dev.godwit.amqp.";
    private static final String BROKER = "dev.godwit.broker.";
    private static final String JMS = "dev.godwit.jms.";
    private static final String[] PROTON = {"org.apache.qpid.proton.."};
    private static final String[] VERTX = {"io.vertx..", "io.netty.."};

    // Floor 0: the journal. It knows nobody.

    @ArchTest
    static final ArchRule storageRecord = room(STORAGE + "record").mayImport();

    @ArchTest
    static final ArchRule storageFormat = room(STORAGE + "format").mayImport(STORAGE + "record");

    @ArchTest
    static final ArchRule storageSegment = room(STORAGE + "segment")
            .mayImport(STORAGE + "format", STORAGE + "record", "org.jctools..", "org.slf4j..", "com.sun.nio.file..");

    /** Pure: no clock, no disk, no net. What it may not import of the JDK stands in {@link #replicationIsPure}. */
    @ArchTest
    static final ArchRule storageReplication =
            room(STORAGE + "replication").mayImport(STORAGE + "format", STORAGE + "record");

    @ArchTest
    static final ArchRule replicationIsPure = noClasses()
            .that()
            .resideInAPackage(STORAGE + "replication")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.io..", "java.net..", "java.nio..", "java.time..", "java.util.concurrent..");

    @ArchTest
    static final ArchRule storageJournal =
            room(STORAGE + "journal").mayImport("dev.godwit.storage..", "org.jctools..", "org.slf4j..");

    @ArchTest
    static final ArchRule storageReplica = room(STORAGE + "replica")
            .mayImport(
                    STORAGE + "format",
                    STORAGE + "record",
                    STORAGE + "replication",
                    STORAGE + "segment",
                    STORAGE + "journal",
                    "org.slf4j..");

    // Floor 1: AMQP. The only floor that knows Proton-J, and only in its transport.

    @ArchTest
    static final ArchRule amqpType = room(AMQP + "type").mayImport();

    @ArchTest
    static final ArchRule amqpMessage = room(AMQP + "message").mayImport(AMQP + "type");

    @ArchTest
    static final ArchRule amqpContainer = room(AMQP + "container").mayImport(AMQP + "type", AMQP + "message");

    @ArchTest
    static final ArchRule amqpSasl = room(AMQP + "sasl").mayImport(AMQP + "container", "javax.crypto..");

    @ArchTest
    static final ArchRule amqpTransport = room(AMQP + "transport")
            .mayImport(and(
                    and(PROTON, VERTX),
                    AMQP + "type",
                    AMQP + "message",
                    AMQP + "container",
                    AMQP + "sasl",
                    "javax.net.ssl..",
                    "org.slf4j.."));

    // Floor 2: the broker.

    @ArchTest
    static final ArchRule brokerRuntime = room(BROKER + "runtime").mayImport("org.slf4j..");

    @ArchTest
    static final ArchRule brokerRuntimeVertx =
            room(BROKER + "runtime.vertx").mayImport(and(VERTX, BROKER + "runtime", "org.slf4j.."));

    @ArchTest
    static final ArchRule brokerPolicy = room(BROKER + "policy").mayImport("org.slf4j..");

    @ArchTest
    static final ArchRule brokerMessage = room(BROKER + "message").mayImport(AMQP + "type", AMQP + "message");

    @ArchTest
    static final ArchRule brokerFilter =
            room(BROKER + "filter").mayImport(BROKER + "message", AMQP + "type", AMQP + "message");

    @ArchTest
    static final ArchRule brokerIntake = room(BROKER + "intake").mayImport(BROKER + "policy", BROKER + "runtime");

    @ArchTest
    static final ArchRule brokerQueue = room(BROKER + "queue")
            .mayImport(
                    BROKER + "policy",
                    BROKER + "filter",
                    BROKER + "message",
                    BROKER + "runtime",
                    AMQP + "type",
                    STORAGE + "record",
                    STORAGE + "journal",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerTransaction =
            room(BROKER + "transaction").mayImport(BROKER + "queue", BROKER + "runtime", AMQP + "type", "org.slf4j..");

    @ArchTest
    static final ArchRule brokerAddress = room(BROKER + "address")
            .mayImport(
                    BROKER + "policy",
                    BROKER + "queue",
                    BROKER + "filter",
                    BROKER + "message",
                    BROKER + "runtime",
                    AMQP + "type",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerShard = room(BROKER + "shard")
            .mayImport(
                    BROKER + "policy",
                    BROKER + "queue",
                    BROKER + "message",
                    BROKER + "runtime",
                    STORAGE + "record",
                    STORAGE + "journal",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerCatalog =
            room(BROKER + "catalog").mayImport(BROKER + "runtime", "com.fasterxml.jackson..", "org.slf4j..");

    @ArchTest
    static final ArchRule brokerCatalogH2 =
            room(BROKER + "catalog.h2").mayImport(BROKER + "catalog", "java.sql..", "org.slf4j..");

    @ArchTest
    static final ArchRule brokerCluster = room(BROKER + "cluster")
            .mayImport(
                    BROKER + "policy",
                    BROKER + "shard",
                    BROKER + "address",
                    BROKER + "catalog",
                    BROKER + "queue",
                    BROKER + "filter",
                    BROKER + "runtime",
                    BROKER + "cluster.link",
                    AMQP + "type",
                    AMQP + "message",
                    STORAGE + "record",
                    STORAGE + "journal",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerClusterHazelcast = room(BROKER + "cluster.hazelcast")
            .mayImport(
                    BROKER + "cluster", BROKER + "cluster.link", BROKER + "runtime", "com.hazelcast..", "org.slf4j..");

    @ArchTest
    static final ArchRule brokerClusterLink = room(BROKER + "cluster.link")
            .mayImport(and(
                    VERTX,
                    BROKER + "runtime",
                    BROKER + "runtime.vertx",
                    "javax.naming..",
                    "javax.net.ssl..",
                    "javax.security.auth.x500..",
                    "org.slf4j.."));

    @ArchTest
    static final ArchRule brokerClusterRelay = room(BROKER + "cluster.relay")
            .mayImport(and(
                    VERTX,
                    AMQP + "transport",
                    BROKER + "cluster.link",
                    BROKER + "runtime",
                    BROKER + "runtime.vertx",
                    "org.slf4j.."));

    @ArchTest
    static final ArchRule brokerClusterPlacement =
            room(BROKER + "cluster.placement").mayImport(STORAGE + "replication");

    @ArchTest
    static final ArchRule brokerClusterNode = room(BROKER + "cluster.node")
            .mayImport(and(
                    VERTX,
                    BROKER + "cluster",
                    BROKER + "cluster.hazelcast",
                    BROKER + "cluster.link",
                    BROKER + "cluster.placement",
                    BROKER + "cluster.relay",
                    BROKER + "runtime",
                    BROKER + "runtime.vertx",
                    BROKER + "shard",
                    STORAGE + "journal",
                    STORAGE + "record",
                    STORAGE + "replica",
                    STORAGE + "replication",
                    "org.slf4j.."));

    /** Every node has to come to the same answer: no clock, disk, net or thread. */
    @ArchTest
    static final ArchRule placementIsPure = noClasses()
            .that()
            .resideInAPackage(BROKER + "cluster.placement")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.io..", "java.net..", "java.time..", "java.util.concurrent..");

    /** The only HTTP server. */
    @ArchTest
    static final ArchRule brokerHealth = room(BROKER + "health")
            .mayImport(and(VERTX, BROKER + "runtime", STORAGE + "journal", "com.fasterxml.jackson..", "org.slf4j.."));

    @ArchTest
    static final ArchRule brokerSecurity = room(BROKER + "security")
            .mayImport(
                    BROKER + "policy",
                    AMQP + "sasl",
                    "javax.crypto..",
                    "javax.naming..",
                    "javax.security.auth..",
                    "com.nimbusds..",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerAmqp = room(BROKER + "amqp")
            .mayImport(
                    AMQP + "type",
                    AMQP + "message",
                    AMQP + "container",
                    AMQP + "sasl",
                    BROKER + "address",
                    BROKER + "queue",
                    BROKER + "filter",
                    BROKER + "intake",
                    BROKER + "message",
                    BROKER + "runtime",
                    BROKER + "security",
                    BROKER + "transaction",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule brokerAdmin = room(BROKER + "admin")
            .mayImport(
                    BROKER + "policy",
                    AMQP + "type",
                    AMQP + "message",
                    BROKER + "cluster",
                    BROKER + "address",
                    BROKER + "queue",
                    BROKER + "message",
                    BROKER + "runtime",
                    BROKER + "transaction");

    @ArchTest
    static final ArchRule brokerRoot = room("dev.godwit.broker")
            .mayImport(
                    "dev.godwit.broker..",
                    "dev.godwit.storage.journal",
                    "dev.godwit.storage.record",
                    "dev.godwit.storage.replica",
                    "dev.godwit.storage.replication",
                    "dev.godwit.amqp.transport",
                    "io.vertx.core..",
                    "org.slf4j..");

    // Floor 2: the JMS client. Only its provider knows AMQP.

    @ArchTest
    static final ArchRule jms = room("dev.godwit.jms")
            .mayImport("dev.godwit.jms..", "jakarta.jms..", "javax.naming..", "javax.net.ssl..", "org.slf4j..");

    @ArchTest
    static final ArchRule jmsJndi =
            room(JMS + "jndi").mayImport("dev.godwit.jms", JMS + "uri", JMS + "message", "javax.naming..");

    @ArchTest
    static final ArchRule jmsUri = room(JMS + "uri")
            .mayImport(
                    JMS + "failover",
                    JMS + "session",
                    JMS + "message",
                    JMS + "provider",
                    JMS + "provider.amqp",
                    AMQP + "transport",
                    AMQP + "sasl",
                    "javax.net.ssl..");

    @ArchTest
    static final ArchRule jmsSession = room(JMS + "session")
            .mayImport(JMS + "message", JMS + "provider", "jakarta.jms..", "javax.transaction.xa..", "org.slf4j..");

    @ArchTest
    static final ArchRule jmsMessage =
            room(JMS + "message").mayImport(JMS + "provider", "jakarta.jms..", "javax.naming..", "org.slf4j..");

    @ArchTest
    static final ArchRule jmsProvider = room(JMS + "provider").mayImport();

    @ArchTest
    static final ArchRule jmsObserve = room(JMS + "observe").mayImport(JMS + "provider", "org.slf4j..");

    @ArchTest
    static final ArchRule jmsObserveTracing =
            room(JMS + "observe.tracing").mayImport(JMS + "observe", "io.opentelemetry..");

    @ArchTest
    static final ArchRule jmsObserveMetrics =
            room(JMS + "observe.metrics").mayImport(JMS + "observe", "io.micrometer..");

    @ArchTest
    static final ArchRule jmsFailover = room(JMS + "failover").mayImport(JMS + "provider", "org.slf4j..");

    @ArchTest
    static final ArchRule jmsProviderAmqp =
            room(JMS + "provider.amqp").mayImport(and(VERTX, JMS + "provider", "dev.godwit.amqp..", "org.slf4j.."));

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.godwit.(**)").should().beFreeOfCycles();

    /** What a message carries is never made an object of: no gadget can wake up in a broker. */
    @ArchTest
    static final ArchRule brokersDeserialiseNothing = noClasses()
            .that()
            .resideInAnyPackage("dev.godwit.broker..", "dev.godwit.amqp..", "dev.godwit.storage..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ObjectInputStream.class);

    /** Each class of ours lives in a room that one of the lists above names, or on the top floor. */
    @ArchTest
    static final ArchRule everyRoomIsListed = classes()
            .should()
            .resideInAnyPackage(
                    STORAGE + "record",
                    STORAGE + "format",
                    STORAGE + "segment",
                    STORAGE + "replication",
                    STORAGE + "journal",
                    STORAGE + "replica",
                    AMQP + "type",
                    AMQP + "message",
                    AMQP + "container",
                    AMQP + "sasl",
                    AMQP + "transport",
                    BROKER + "runtime",
                    BROKER + "runtime.vertx",
                    BROKER + "policy",
                    BROKER + "intake",
                    BROKER + "message",
                    BROKER + "filter",
                    BROKER + "queue",
                    BROKER + "transaction",
                    BROKER + "address",
                    BROKER + "shard",
                    BROKER + "catalog",
                    BROKER + "catalog.h2",
                    BROKER + "cluster",
                    BROKER + "cluster.hazelcast",
                    BROKER + "cluster.link",
                    BROKER + "cluster.node",
                    BROKER + "cluster.placement",
                    BROKER + "cluster.relay",
                    BROKER + "health",
                    BROKER + "security",
                    BROKER + "amqp",
                    BROKER + "admin",
                    "dev.godwit.broker",
                    "dev.godwit.jms",
                    JMS + "jndi",
                    JMS + "uri",
                    JMS + "session",
                    JMS + "failover",
                    JMS + "observe",
                    JMS + "observe.tracing",
                    JMS + "observe.metrics",
                    JMS + "message",
                    JMS + "provider",
                    JMS + "provider.amqp",
                    "dev.godwit.distribution..",
                    "dev.godwit.examples..");

    private static String[] and(String[] first, String... second) {
        return Stream.of(first, second).flatMap(Stream::of).toArray(String[]::new);
    }

    private record Room(String name) {
        ArchRule mayImport(String... below) {
            var always = Stream.of("java.lang..", "java.io..", "java.math..", "java.net..", "java.nio..")
                    .toList();
            var furtherAlways =
                    List.of("java.security..", "java.time..", "java.text..", "java.util..", "org.jspecify..", name);
            var allowed = Stream.of(always.stream(), furtherAlways.stream(), Stream.of(below))
                    .flatMap(names -> names)
                    .toArray(String[]::new);
            return classes()
                    .that()
                    .resideInAPackage(name)
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(allowed);
        }
    }

    private static Room room(String name) {
        return new Room(name);
    }
}
