package dev.godwit.it.joram;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import junit.framework.TestCase;
import junit.framework.TestFailure;
import junit.framework.TestResult;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.objectweb.jtests.jms.framework.JMSTestCase;

/** JORAM's tests of JMS 1.1, all of them, with each client. */
@Timeout(300)
final class JoramTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final String FOLDER = "org/objectweb/jtests/jms/conform";
    private static final int TESTS = 196;

    @Test
    void leavesNoneOut() throws Exception {
        assertThat(suites().stream().mapToInt(TestSuite::countTestCases).sum()).isEqualTo(TESTS);
    }

    @TestFactory
    Stream<DynamicContainer> passWithEachClient() {
        return Stream.of(JmsClient.values())
                .map(client -> DynamicContainer.dynamicContainer(client.name(), containers(client)));
    }

    private static Stream<DynamicContainer> containers(JmsClient client) {
        try {
            return suites().stream()
                    .map(suite -> DynamicContainer.dynamicContainer(
                            suite.getName(),
                            Collections.list(suite.tests()).stream()
                                    .map(test -> (TestCase) test)
                                    .map(test -> DynamicTest.dynamicTest(
                                            client + " " + test.getName(), () -> run(test, client)))));
        } catch (Exception unreadable) {
            throw new AssertionError("JORAM's tests are not where the build should have put them", unreadable);
        }
    }

    private static void run(TestCase test, JmsClient client) throws Throwable {
        JoramAdmin.use(client, BROKER.uri() + "?jms.deserializationPolicy.allowList=*");
        var result = new TestResult();
        test.run(result);
        for (TestFailure failure : Collections.list(result.failures())) {
            throw failure.thrownException();
        }
        for (TestFailure error : Collections.list(result.errors())) {
            throw error.thrownException();
        }
    }

    private static List<TestSuite> suites() throws Exception {
        var root = Path.of(JMSTestCase.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(root.resolve(FOLDER))) {
            return files.filter(file -> file.toString().endsWith("Test.class"))
                    .map(file -> root.relativize(file).toString())
                    .map(file ->
                            file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .sorted()
                    .map(JoramTest::suite)
                    .toList();
        }
    }

    private static TestSuite suite(String className) {
        try {
            return new TestSuite(Class.forName(className).asSubclass(TestCase.class));
        } catch (ClassNotFoundException gone) {
            throw new AssertionError(gone);
        }
    }
}
