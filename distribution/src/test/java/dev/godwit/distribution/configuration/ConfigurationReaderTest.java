package dev.godwit.distribution.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {
    private static final Path BASE = Path.of("/base");
    private static final String HASH = "pbkdf2-sha256$1$c2FsdHNhbHQ$VawEblbjCJsFpHCJUS2BflBhSFt3gRl5oudV8INrLw";

    private final ConfigurationReader reader = new ConfigurationReader();

    @Test
    void givesDefaultsForWhatIsNotConfigured() {
        assertThat(reader.configuration().get(ConfigurationKeys.LISTEN_PORT)).isEqualTo(5672);
        assertThat(reader.configuration().get(ConfigurationKeys.LISTEN_HOST)).isEqualTo("127.0.0.1");
    }

    @Test
    void readsWhichLoadBalancersPassClientsOn() throws Exception {
        read("""
                listen: {proxy-protocol: [10.0.0.7, "fd00::/8"]}
                listeners:
                  - {scheme: amqps, port: 5671, proxy-protocol: 10.1.0.0/16}
                  - {scheme: ws, port: 8080}
                """);
        assertThat(reader.configuration().get(ConfigurationKeys.LISTEN_PROXIES))
                .containsExactly(IpNetwork.parse("10.0.0.7"), IpNetwork.parse("fd00::/8"));
        assertThat(reader.configuration().get(ConfigurationKeys.LISTENERS))
                .extracting(ConfiguredListener::proxies)
                .containsExactly(List.of(IpNetwork.parse("10.1.0.0/16")), List.of());
    }

    @Test
    void readsWhereToTellWhetherTheNodeIsWell() throws Exception {
        read("health: {listen: \"[::1]:8161\"}");
        assertThat(reader.configuration().get(ConfigurationKeys.HEALTH_LISTEN)).isEqualTo("[::1]:8161");

        assertRefused("health: {listen: somewhere}").contains("host:port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"balancer.example", "10.0.0.0/40", "10.0.0.0/8/8"})
    void takesNoNameForALoadBalancer(String text) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("listen: {proxy-protocol: \"" + text + "\"}"))
                .withMessageContaining("IP addresses and networks");
    }

    @Test
    void readsEveryKindOfValue() throws Exception {
        read("""
                node: {name: north}
                data.directory: store
                event-loops: 3
                queues:
                  auto-create: off
                  predeclared:
                    - orders
                    - "in voices"
                amqp:
                  max-frame-size: 64 KiB
                  idle-timeout: 2m
                security:
                  users:
                    - name: alice
                      password: %s
                """.formatted(HASH));
        var configuration = reader.configuration();
        assertThat(configuration.get(ConfigurationKeys.NODE_NAME)).isEqualTo("north");
        assertThat(configuration.get(ConfigurationKeys.DATA_DIRECTORY)).isEqualTo(Path.of("/base/store"));
        assertThat(configuration.get(ConfigurationKeys.EVENT_LOOPS)).isEqualTo(3);
        assertThat(configuration.get(ConfigurationKeys.AUTO_CREATE)).isFalse();
        assertThat(configuration.get(ConfigurationKeys.QUEUES)).containsExactly("orders", "in voices");
        assertThat(configuration.get(ConfigurationKeys.MAX_FRAME_SIZE)).isEqualTo(65_536);
        assertThat(configuration.get(ConfigurationKeys.IDLE_TIMEOUT)).isEqualTo(120_000);
        assertThat(configuration.get(ConfigurationKeys.USERS))
                .containsExactly(new ConfiguredUser("alice", HASH, Set.of()));
    }

    @Test
    void readsGroupsAndPermissions() throws Exception {
        read("""
                security:
                  users:
                    - {name: alice, password: "%s", groups: [ops, dev]}
                  permissions:
                    - {users: alice, addresses: "secret.*", deny: all}
                    - {groups: [ops], addresses: ["*"], allow: [send, manage]}
                """.formatted(HASH));
        var configuration = reader.configuration();
        assertThat(configuration.get(ConfigurationKeys.USERS))
                .containsExactly(new ConfiguredUser("alice", HASH, Set.of("ops", "dev")));
        assertThat(configuration.get(ConfigurationKeys.PERMISSIONS))
                .containsExactly(
                        new ConfiguredPermission(
                                List.of("alice"), List.of(), List.of("secret.*"), List.of("all"), false),
                        new ConfiguredPermission(
                                List.of(), List.of("ops"), List.of("*"), List.of("send", "manage"), true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{users: alice, addresses: a}",
                "{users: alice, addresses: a, allow: send, deny: send}",
                "{users: alice, addresses: a, allow: fly}",
                "{addresses: a, allow: send}",
                "{users: alice, allow: send}",
                "{users: alice, addresses: a, allow: send, to: b}"
            })
    void refusesPermissionsThatSayNothingOrTooMuch(String rule) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("security: {permissions: [" + rule + "]}"))
                .withMessageContaining("security.permissions must be a list of rules");
    }

    @Test
    void readsWhatHoldsForAddresses() throws Exception {
        read("""
                addresses:
                  - {pattern: "orders.*", delivery-attempts-max: 3}
                  - pattern: audit
                    dead-letter-address: ''
                """);
        assertThat(reader.configuration().get(ConfigurationKeys.ADDRESSES))
                .containsExactly(
                        new AddressPolicy(
                                "orders.*", AddressSettings.NONE.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 3L)),
                        new AddressPolicy("audit", AddressSettings.NONE.with(AddressSetting.DEAD_LETTER_ADDRESS, "")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delivery-attempts-max: -1 | line 3: addresses: delivery-attempts-max must be a whole number from 0",
                "delivery-attempt-max: 1 | line 3: addresses: unknown setting \"delivery-attempt-max\"; did you mean"
                        + " \"delivery-attempts-max\"?",
                "completely-different: 1 | line 3: addresses: unknown setting \"completely-different\"; there are",
            })
    void saysWhichSettingOfAnAddressIsWrong(String line, String answer) {
        assertRefused("addresses:\n  - pattern: a\n    " + line.strip()).startsWith("test.yaml, " + answer.strip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{delivery-attempts-max: 1}] | an entry needs a pattern",
                "[{pattern: a}] | the entry for 'a' sets nothing",
                "[{pattern: a, delivery-attempts-max: 1}, {pattern: a, delivery-attempts-max: 2}] | two entries for 'a'",
                "[a] | addresses must be a list of {pattern: PATTERN",
            })
    void refusesEntriesForAddressesThatSayNothingOrTooMuch(String value, String answer) {
        assertRefused("addresses: " + value.strip()).contains(answer.strip());
    }

    @Test
    void letsTheCommandLineOverruleTheFile() throws Exception {
        read("listen: {port: 1}");
        reader.set("listen.port=2", BASE);
        reader.set("queues.predeclared=a,b", BASE);
        reader.set("queues.auto-create-except=[\"tmp.*\", x]", BASE);
        reader.set("data.directory=here", Path.of("/current"));
        var configuration = reader.configuration();
        assertThat(configuration.get(ConfigurationKeys.LISTEN_PORT)).isEqualTo(2);
        assertThat(configuration.get(ConfigurationKeys.QUEUES)).containsExactly("a", "b");
        assertThat(configuration.get(ConfigurationKeys.AUTO_CREATE_EXCEPT)).containsExactly("tmp.*", "x");
        assertThat(configuration.get(ConfigurationKeys.DATA_DIRECTORY)).isEqualTo(Path.of("/current/here"));
    }

    @ParameterizedTest
    @CsvSource({
        "listen.prot, listen.port",
        "port, listen.port",
        "Listen.Port, listen.port",
        "jurnal.segment-size, journal.segment-size",
        "queues.autocreate, queues.auto-create",
        "security.user, security.users"
    })
    void namesTheNearestKeyForAnUnknownOne(String unknown, String nearest) {
        assertRefused(unknown + ": 1")
                .isEqualTo("test.yaml, line 1: unknown key \"" + unknown + "\"; did you mean \"" + nearest + "\"?");
    }

    @Test
    void doesNotGuessWhenNoKeyIsNear() {
        assertRefused("completely-different: 1")
                .isEqualTo("test.yaml, line 1: unknown key \"completely-different\";"
                        + " `godwit configuration` prints all keys");
    }

    @Test
    void saysTheLineOfAnUnknownKey() {
        assertRefused("# one\nlisten:\n  host: x\n\n  prot: 1\n")
                .startsWith("test.yaml, line 5: unknown key \"listen.prot\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "listen.port: 65536 | listen.port must be a whole number from 0 to 65535, not \"65536\"",
                "listen.port: abc | listen.port must be a whole number from 0 to 65535, not \"abc\"",
                "listen.port: | listen.port must be a whole number from 0 to 65535, not empty",
                "listen.port: [1] | listen.port must be a whole number from 0 to 65535, not \"[1]\"",
                "amqp.max-frame-size: 511 | from 512 B to 16 MiB (B, KiB, MiB, GiB), not \"511\"",
                "amqp.max-frame-size: 17 MiB | from 512 B to 16 MiB (B, KiB, MiB, GiB), not \"17 MiB\"",
                "amqp.max-frame-size: 1 parsec | from 512 B to 16 MiB (B, KiB, MiB, GiB), not \"1 parsec\"",
                "amqp.idle-timeout: 10ms | from 1 s to 1 h (ms, s, m, h), or 0 for no limit, not \"10ms\"",
                "queues.auto-create: maybe | queues.auto-create must be true or false, not \"maybe\"",
                "node.name: '' | node.name must be a text of 1 to 100 characters",
                "queues.predeclared: {a: 1} | unknown key \"queues.predeclared.a\"",
                "security.users: [{name: a, password: secret}] | printed by `godwit hash-password`, not",
            })
    void saysWhatAKeyMayHold(String line, String answer) {
        assertRefused(line.strip()).startsWith("test.yaml, line 1: ").contains(answer.strip());
    }

    @Test
    void refusesTwoUsersOfOneName() {
        String user = "{name: a, password: " + HASH + "}";
        assertRefused("security.users: [" + user + ", " + user + "]").contains("with different names");
    }

    @Test
    void refusesTheSameKeyTwice() {
        assertRefused("event-loops: 1\nevent-loops: 2\n").contains("line 2").contains("event-loops");
    }

    @Test
    void saysWhereTheYamlIsBroken() {
        assertRefused("listen:\n  port: [1\n").startsWith("test.yaml, line ").contains("not valid YAML");
    }

    @Test
    void refusesADocumentThatIsNotATableOfKeys() {
        assertRefused("- a\n").contains("expected keys with values");
        assertRefused("just text").contains("expected keys with values");
    }

    @Test
    void refusesEndlessNesting() {
        assertRefused("a: ".repeat(0) + "a: " + "[".repeat(50) + "]".repeat(50)).contains("nested too deeply");
    }

    @Test
    void takesAnEmptyFileAndEmptySections() throws Exception {
        read("");
        read("listen:\nqueues:\n  predeclared:\n");
        assertThat(reader.configuration().get(ConfigurationKeys.LISTEN_PORT)).isEqualTo(5672);
        assertThat(reader.configuration().get(ConfigurationKeys.QUEUES)).isEmpty();
    }

    @Test
    void refusesAnAssignmentWithoutEquals() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> reader.set("listen.port", BASE))
                .withMessage("--set listen.port: must have the form key=value");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> reader.set("listen.prt=1", BASE))
                .withMessageContaining("did you mean \"listen.port\"?");
    }

    @Test
    void saysThatAFileIsMissing(@TempDir Path directory) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> reader.readFile(directory.resolve("absent.yaml"), BASE))
                .withMessageEndingWith("absent.yaml: no such file");
    }

    @Test
    void shipsAFileThatHoldsEveryKeyAtItsDefault() throws Exception {
        Path shipped = Path.of("src/main/assembly/conf/godwit.yaml");
        assertThat(shipped).hasContent(ConfigurationDocument.yaml());
        var names = YamlEntries.read("shipped", Files.newBufferedReader(shipped)).stream()
                .map(YamlEntries.Entry::name)
                .toList();
        assertThat(names)
                .containsExactlyElementsOf(ConfigurationKeys.all().stream()
                        .map(ConfigurationKey::name)
                        .toList());

        reader.readFile(shipped, Path.of(""));
        for (ConfigurationKey<?> key : ConfigurationKeys.all()) {
            assertThat((Object) reader.configuration().get(key)).as(key.name()).isEqualTo(key.defaultValue());
        }
    }

    @Test
    void describesEveryKeyInTheManual() {
        assertThat(Path.of("../docs/configuration.md")).hasContent(ConfigurationDocument.markdown());
    }

    private void read(String yaml) throws Exception {
        reader.read("test.yaml", new StringReader(yaml), BASE);
    }

    private org.assertj.core.api.AbstractStringAssert<?> assertRefused(String yaml) {
        var refused =
                org.assertj.core.api.Assertions.catchThrowableOfType(ConfigurationException.class, () -> read(yaml));
        assertThat(refused).as(yaml).isNotNull();
        return assertThat(refused.getMessage());
    }

    @Test
    void readsAliasesAndRoutes() throws Exception {
        read("""
                routing:
                  aliases: [{name: old, to: new}]
                  routes:
                    - {name: one, from: a, to: b}
                    - name: two
                      from: "orders.#"
                      to: dear
                      filter: price > 100
                      exclusive: true
                """);
        assertThat(reader.configuration().get(ConfigurationKeys.ALIASES))
                .containsExactly(new RoutingRule.Alias("old", "new"));
        assertThat(reader.configuration().get(ConfigurationKeys.ROUTES))
                .containsExactly(
                        new RoutingRule.Forward("one", "a", "b", null, false),
                        new RoutingRule.Forward("two", "orders.#", "dear", "price > 100", true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: b, from: y, to: x} | line 4: routing.routes: the route 'b' would lead in a circle: 'y' → 'x' → 'y'",
                "{name: a, from: c, to: d} | line 4: routing.routes: there are two entries named 'a'",
                "{name: b, from: c, to: d, filter: 'a ='} | line 4: routing.routes: the filter of a route: ",
                "{name: b, from: c} | line 2: routing.routes must be a list of {name: NAME, from: ADDRESS",
                "{name: b, from: c, to: d, exclusive: perhaps} | line 2: routing.routes must be a list of",
            })
    void saysWhatIsWrongWithARoute(String route, String answer) {
        assertRefused("routing:\n  routes:\n    - {name: a, from: x, to: y}\n    - " + route.strip())
                .startsWith("test.yaml, " + answer.strip());
    }

    @Test
    void countsEditsAsLevenshteinDoes() {
        assertThat(List.of(
                        NearestName.edits("kitten", "sitting"),
                        NearestName.edits("", "abc"),
                        NearestName.edits("abc", "abc")))
                .containsExactly(3, 3, 0);
    }
}
