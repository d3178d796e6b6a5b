package dev.godwit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/clients.md has something to say on every topic for every client, and names no test that is not there. */
final class ClientsPageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern MODULE = Pattern.compile("(?m)^In `(distribution/[\\w-]+)`");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (?!topic |---)([^|]+?) \\| ([^|]+?) \\|$");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");
    private static final String NOT_OFFERED = "not offered by the client: ";
    private static final List<String> TOPICS = List.of(
            "body types",
            "annotations, properties, header",
            "settle modes",
            "redelivery",
            "durable subscription",
            "shared subscription",
            "shared durable subscription",
            "selectors and filters",
            "drain",
            "request and reply on a dynamic node",
            "transactions",
            "anonymous relay",
            "large messages",
            "TLS",
            "PLAIN",
            "SCRAM-SHA-256",
            "SCRAM-SHA-512",
            "EXTERNAL",
            "ANONYMOUS",
            "OAUTHBEARER",
            "XOAUTH2",
            "wrong password",
            "WebSocket");

    @Test
    void namesTestsThatExistOnEachTopicForEachClient() throws IOException {
        int clients = 0;
        var wrong = new ArrayList<String>();
        for (String section : Files.readString(ROOT.resolve("docs/clients.md")).split("(?m)^## ", -1)) {
            var client = section.substring(0, section.indexOf('\n'));
            var module = MODULE.matcher(section);
            if (!module.find()) {
                continue;
            }
            clients++;
            var tests = ROOT.resolve(module.group(1)).resolve("src/test");
            var topics = new ArrayList<String>();
            for (var row : ROW.matcher(section).results().toList()) {
                topics.add(row.group(1));
                wrong.addAll(wrongIn(row.group(2), tests).stream()
                        .map(what -> client + ", " + row.group(1) + ": " + what)
                        .toList());
            }
            assertThat(topics).as(client).isEqualTo(TOPICS);
        }
        assertThat(wrong).isEmpty();
        assertThat(clients).isEqualTo(6);
    }

    @Test
    void seesATestThatIsGoneAndACellThatSaysNothing() throws IOException {
        var tests = ROOT.resolve("conformance/src/test");
        assertThat(wrongIn("`ClientsPageTest.seesATestThatIsGoneAndACellThatSaysNothing`", tests))
                .isEmpty();
        assertThat(wrongIn("`ClientsPageTest.wrongIn`", tests)).hasSize(1);
        assertThat(wrongIn("`GoneTest.is`", tests)).hasSize(1);
        assertThat(wrongIn("some day", tests)).hasSize(1);
        assertThat(wrongIn(NOT_OFFERED, tests)).hasSize(1);
        assertThat(wrongIn(NOT_OFFERED + "it has none", tests)).isEmpty();
        var foreign = ROOT.resolve("distribution/it-foreign/src/test");
        assertThat(wrongIn("`scenarios.py types`<br>`scenarios.js types`<br>`scenarios.js tls`", foreign))
                .isEmpty();
        assertThat(wrongIn("`scenarios.py wishes`<br>`scenarios.js wishes`", foreign))
                .hasSize(2);
    }

    private static List<String> wrongIn(String cell, Path tests) throws IOException {
        var names = NAME.matcher(cell).results().map(found -> found.group(1)).toList();
        if (names.isEmpty() && (!cell.startsWith(NOT_OFFERED) || cell.length() == NOT_OFFERED.length())) {
            return List.of("neither a test nor '" + NOT_OFFERED + "why'");
        }
        var wrong = new ArrayList<String>();
        for (String name : names) {
            if (!(name.startsWith("scenarios.") ? isScenario(name, tests) : isTest(name, tests))) {
                wrong.add("no test " + name);
            }
        }
        return wrong;
    }

    /** A method with a test's annotation; blank lines stand between methods. */
    private static boolean isTest(String name, Path tests) throws IOException {
        int point = name.indexOf('.');
        var method = Pattern.compile("\\bvoid " + Pattern.quote(name.substring(point + 1)) + "\\(");
        return Pattern.compile("\\R\\s*\\R")
                .splitAsStream(read(tests, name.substring(0, point) + ".java"))
                .filter(paragraph -> method.matcher(paragraph).find())
                .anyMatch(paragraph -> Pattern.compile("@(Parameterized)?Test\\b")
                                .matcher(paragraph)
                                .find()
                        && !paragraph.contains("@Disabled"));
    }

    /** A function of the program; one that connects by itself must also be named by the test that says where to. */
    private static boolean isScenario(String name, Path tests) throws IOException {
        var words = name.split(" ", -1);
        var function = Pattern.compile("(?m)^ *(?:def|async) " + Pattern.quote(words[1]) + "\\((it|client)?")
                .matcher(read(tests, words[0]));
        return function.find()
                && (function.group(1) != null || read(tests, "LoginTest.java").contains('"' + words[1] + '"'));
    }

    private static String read(Path tests, String file) throws IOException {
        try (Stream<Path> paths = Files.walk(tests)) {
            var found = paths.filter(path -> path.endsWith(file)).findFirst();
            return found.isPresent() ? Files.readString(found.get()) : "";
        }
    }
}
