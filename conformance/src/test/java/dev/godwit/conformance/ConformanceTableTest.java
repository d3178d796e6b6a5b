package dev.godwit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages of docs on conformance say what the requirements and the tests of all modules say. */
class ConformanceTableTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path sources;

    @ParameterizedTest
    @EnumSource
    void pageIsInStep(Specification specification) throws IOException {
        var table = table(specification);
        assertThat(table.unknownTags()).as("tags that name no requirement").isEmpty();
        if (Boolean.getBoolean("conformance.write")) {
            Files.writeString(specification.page(), table.toMarkdown());
        }
        assertThat(Files.readString(specification.page()))
                .as("out of step: run mvn test -pl conformance -Dconformance.write=true")
                .isEqualTo(table.toMarkdown());
    }

    @ParameterizedTest
    @EnumSource
    void everyRequirementHasATestOrSaysWhyNot(Specification specification) {
        assertThat(table(specification).missing())
                .as("requirements without a test: write one, and tag it with the requirement's id")
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everySectionHasARequirement(Specification specification) {
        assertThat(Requirement.of(specification))
                .extracting(Requirement::section)
                .containsAll(Requirement.sectionsOf(specification).keySet());
    }

    private static ConformanceTable table(Specification specification) {
        return new ConformanceTable(
                specification, Requirement.of(specification), TaggedTest.under(ROOT, specification));
    }

    @Test
    void findsTagsOfTestsThatRun() throws IOException {
        write("""
                import dev.godwit.conformance.Spec;
                @Spec("2.1")
                class LifeTest {
                    @Test @Spec({"2.2", "2.3/name"}) void runs() {}
                    @Test void runsToo() {}
                    @Test @Disabled @Spec("2.4") void sleeps() {}
                    @Spec("2.5") void helps() {}
                    // @Test @Spec("2.6") void isGone() {}
                }
                """);
        assertThat(TaggedTest.under(sources, Specification.AMQP))
                .containsExactly(
                        new TaggedTest("LifeTest.runs", List.of("2.2", "2.3/name", "2.1")),
                        new TaggedTest("LifeTest.runsToo", List.of("2.1")));
    }

    @Test
    void sectionProvesItsOnlyRequirementAndNoneOfSeveral() {
        var only = new Requirement("2.1/only", "The only one.");
        var one = new Requirement("2.2/one", "One.");
        var other = new Requirement("2.2/other", "Another.");
        var exempt = new Requirement("2.3/exempt", "Not for us.", "because");
        var table = new ConformanceTable(
                Specification.AMQP,
                List.of(only, one, other, exempt),
                List.of(new TaggedTest("T.a", List.of("2.1", "2.2")), new TaggedTest("T.b", List.of("2.2/other"))));
        assertThat(table.missing()).containsExactly(one);
        assertThat(table.unknownTags()).isEmpty();
        assertThat(table.toMarkdown())
                .contains("| 2.1/only | The only one. | `T.a` | tested |")
                .contains("| 2.2/one | One. |  | **missing** |")
                .contains("| 2.3/exempt | Not for us. |  | because |")
                .contains("| Part 2: Transport | 4 | 2 | 1 | 1 |")
                .contains("| 2.2 | `T.a` |");
    }

    @Test
    void namesTagsThatAreNoRequirements() {
        var table = new ConformanceTable(
                Specification.AMQP, List.of(), List.of(new TaggedTest("T.a", List.of("2.2/oter"))));
        assertThat(table.unknownTags()).containsExactly("T.a is tagged with 2.2/oter");
    }

    private void write(String source) throws IOException {
        Path folder = Files.createDirectories(sources.resolve("src/test/java"));
        Files.writeString(folder.resolve("LifeTest.java"), source);
    }
}
