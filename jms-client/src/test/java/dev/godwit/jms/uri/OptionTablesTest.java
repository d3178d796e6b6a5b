package dev.godwit.jms.uri;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/jms-client.md are those of {@link ConnectionOption}. {@code mvn test -pl jms-client -am
 * -Dtest=OptionTablesTest -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true} makes them so.
 */
class OptionTablesTest {
    private static final Path PAGE = Path.of("../docs/jms-client.md");
    private static final Pattern TABLE =
            Pattern.compile("(<!-- options (\\w+)[^>]*-->\n).*?(<!-- end of options -->)", Pattern.DOTALL);

    private static String table(ConnectionOption.Group group) {
        var table = new StringBuilder("\n| option | default | meaning |\n|---|---|---|\n");
        for (ConnectionOption option : ConnectionOption.of(group)) {
            String value = option.defaultValue().isEmpty() ? "" : '`' + option.defaultValue() + '`';
            table.append("| `").append(option.key()).append("` | ").append(value);
            table.append(" | ").append(option.description()).append(" |\n");
        }
        return table.append('\n').toString();
    }

    @Test
    void thePageSaysWhatTheTableSays() throws IOException {
        String page = Files.readString(PAGE);
        Matcher matcher = TABLE.matcher(page);
        int tables = 0;
        var made = new StringBuilder();
        while (matcher.find()) {
            tables++;
            String table = table(ConnectionOption.Group.valueOf(matcher.group(2)));
            matcher.appendReplacement(made, Matcher.quoteReplacement(matcher.group(1) + table + matcher.group(3)));
        }
        matcher.appendTail(made);
        assertThat(tables).isEqualTo(ConnectionOption.Group.values().length);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, made);
        } else {
            assertThat(page).as("run this test with -Ddocs.write=true").isEqualTo(made.toString());
        }
    }
}
