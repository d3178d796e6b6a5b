package dev.godwit.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * One thing that AMQP 1.0 demands of a broker, in our own words: a line of {@code requirements.txt}.
 *
 * @param id its section, a slash, and a name within the section
 */
record Requirement(String id, String text) {
    private static final String FILE = "/requirements.txt";

    Requirement {
        if (!id.matches("[1-5](\\.\\d+)+/[a-z0-9-]+") || text.isBlank() || text.contains("|")) {
            throw new IllegalArgumentException("not 'section/name | text': " + id + " | " + text);
        }
    }

    String section() {
        return id.substring(0, id.indexOf('/'));
    }

    /** All of them, in the order of the file. */
    static List<Requirement> all() {
        var requirements = new ArrayList<Requirement>();
        var ids = new HashSet<String>();
        for (String line : read().lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int bar = line.indexOf('|');
            if (bar < 0) {
                throw new IllegalArgumentException("a line of " + FILE + " has no '|': " + line);
            }
            var requirement = new Requirement(
                    line.substring(0, bar).trim(), line.substring(bar + 1).trim());
            if (!ids.add(requirement.id())) {
                throw new IllegalArgumentException(FILE + " has two requirements " + requirement.id());
            }
            requirements.add(requirement);
        }
        return requirements;
    }

    private static String read() {
        try (var in = Objects.requireNonNull(Requirement.class.getResourceAsStream(FILE), FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
