package dev.godwit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/amqp-conformance.md says what the requirements and the tests of all modules say. */
class ConformanceTableTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path FILE = ROOT.resolve("docs/amqp-conformance.md");

    /** Of these parts of the specification every requirement is proven; a further one comes with its test. */
    private static final Set<String> PROVEN_PARTS = Set.of("1", "2", "3", "4", "5");

    @TempDir
    Path sources;

    @Test
    void fileIsInStep() throws IOException {
        var table = new ConformanceTable(Requirement.all(), TaggedTest.under(ROOT));
        assertThat(table.unknownTags()).as("tags that name no requirement").isEmpty();
        if (Boolean.getBoolean("conformance.write")) {
            Files.writeString(FILE, table.toMarkdown());
        }
        assertThat(Files.readString(FILE))
                .as("out of step: run mvn test -pl conformance -Dconformance.write=true")
                .isEqualTo(table.toMarkdown());
    }

    @Test
    void everyRequirementOfThesePartsHasATest() throws IOException {
        var table = new ConformanceTable(Requirement.all(), TaggedTest.under(ROOT));
        assertThat(table.missing())
                .filteredOn(
                        requirement -> PROVEN_PARTS.contains(requirement.id().substring(0, 1)))
                .as("requirements without a test: write one, and tag it with the requirement's id")
                .isEmpty();
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
        assertThat(TaggedTest.under(sources))
                .containsExactly(
                        new TaggedTest("LifeTest.runs", List.of("2.2", "2.3/name", "2.1")),
                        new TaggedTest("LifeTest.runsToo", List.of("2.1")));
    }

    @Test
    void sectionProvesItsOnlyRequirementAndNoneOfSeveral() {
        var only = new Requirement("2.1/only", "The only one.");
        var one = new Requirement("2.2/one", "One.");
        var other = new Requirement("2.2/other", "Another.");
        var table = new ConformanceTable(
                List.of(only, one, other),
                List.of(new TaggedTest("T.a", List.of("2.1", "2.2")), new TaggedTest("T.b", List.of("2.2/other"))));
        assertThat(table.missing()).containsExactly(one);
        assertThat(table.unknownTags()).isEmpty();
        assertThat(table.toMarkdown())
                .contains("| 2.1/only | The only one. | `T.a` | tested |")
                .contains("| 2.2/one | One. |  | **missing** |")
                .contains("| 2.2 | `T.a` |");
    }

    @Test
    void namesTagsThatAreNoRequirements() {
        var table = new ConformanceTable(List.of(), List.of(new TaggedTest("T.a", List.of("2.2/oter"))));
        assertThat(table.unknownTags()).containsExactly("T.a is tagged with 2.2/oter");
    }

    private void write(String source) throws IOException {
        Path folder = Files.createDirectories(sources.resolve("src/test/java"));
        Files.writeString(folder.resolve("LifeTest.java"), source);
    }
}
