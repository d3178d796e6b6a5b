package dev.godwit.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a specification demands, in our own words: a line of its file.
 *
 * @param id its section, a slash, and a name within the section
 * @param exemption why no test proves it; null when one has to
 */
record Requirement(String id, String text, @Nullable String exemption) {
    private static final String HEADING = "= ";

    Requirement {
        if (!id.matches("[0-9A-Z]+(\\.\\d+)*/[a-z0-9-]+") || text.isBlank() || text.contains("|")) {
            throw new IllegalArgumentException("not 'section/name | text': " + id + " | " + text);
        }
        if (exemption != null && (exemption.isBlank() || exemption.contains("|"))) {
            throw new IllegalArgumentException("not 'section/name | text | why not': " + id + " | " + exemption);
        }
    }

    /** One that a test has to prove. */
    Requirement(String id, String text) {
        this(id, text, null);
    }

    String section() {
        return id.substring(0, id.indexOf('/'));
    }

    /** What its section begins with. */
    String part() {
        return section().split("\\.", 2)[0];
    }

    /** All of a specification, in the order of its file. */
    static List<Requirement> of(Specification specification) {
        var file = specification.requirements();
        var requirements = new ArrayList<Requirement>();
        var ids = new HashSet<String>();
        for (String line : read(file).lines().toList()) {
            if (line.isBlank() || line.startsWith("#") || line.startsWith(HEADING)) {
                continue;
            }
            var fields = line.split("\\|", 3);
            if (fields.length < 2) {
                throw new IllegalArgumentException("a line of " + file + " has no '|': " + line);
            }
            var requirement =
                    new Requirement(fields[0].trim(), fields[1].trim(), fields.length < 3 ? null : fields[2].trim());
            if (!specification.parts().containsKey(requirement.part())) {
                throw new IllegalArgumentException(file + " has a requirement of no part: " + requirement.id());
            }
            if (!ids.add(requirement.id())) {
                throw new IllegalArgumentException(file + " has two requirements " + requirement.id());
            }
            requirements.add(requirement);
        }
        return requirements;
    }

    /** The sections of a specification by their numbers, with their headings, where its file names them. */
    static Map<String, String> sectionsOf(Specification specification) {
        var sections = new LinkedHashMap<String, String>();
        read(specification.requirements())
                .lines()
                .filter(line -> line.startsWith(HEADING))
                .map(line -> line.substring(HEADING.length()).split(" ", 2))
                .forEach(heading -> sections.put(heading[0], heading[1]));
        return sections;
    }

    private static String read(String file) {
        try (var in = Objects.requireNonNull(Requirement.class.getResourceAsStream('/' + file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
