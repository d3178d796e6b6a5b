package dev.godwit.conformance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Requirements joined with the tests that prove them; prints itself as docs/amqp-conformance.md. */
final class ConformanceTable {
    private static final Map<String, String> PARTS = Map.of(
            "1", "Part 1: Types",
            "2", "Part 2: Transport",
            "3", "Part 3: Messaging",
            "4", "Part 4: Transactions",
            "5", "Part 5: Security");

    private final Map<Requirement, Set<String>> proofs = new LinkedHashMap<>();
    private final Map<String, Set<String>> furtherTests = new TreeMap<>(bySection());
    private final List<String> unknownTags = new ArrayList<>();

    ConformanceTable(List<Requirement> requirements, List<TaggedTest> tests) {
        requirements.forEach(requirement -> proofs.put(requirement, new TreeSet<>()));
        Map<String, Requirement> byId =
                requirements.stream().collect(Collectors.toMap(Requirement::id, Function.identity()));
        Map<String, List<Requirement>> bySection =
                requirements.stream().collect(Collectors.groupingBy(Requirement::section));
        for (TaggedTest test : tests) {
            for (String tag : test.tags()) {
                if (tag.indexOf('/') < 0) {
                    List<Requirement> there = bySection.getOrDefault(tag, List.of());
                    (there.size() == 1
                                    ? proofs(there.get(0))
                                    : furtherTests.computeIfAbsent(tag, section -> new TreeSet<>()))
                            .add(test.name());
                } else if (byId.containsKey(tag)) {
                    proofs(byId.get(tag)).add(test.name());
                } else {
                    unknownTags.add(test.name() + " is tagged with " + tag);
                }
            }
        }
    }

    private Set<String> proofs(Requirement requirement) {
        return proofs.getOrDefault(requirement, Set.of());
    }

    /** Tests tagged with an id that no requirement has: a slip of the pen, or a requirement to be written. */
    List<String> unknownTags() {
        return unknownTags;
    }

    /** Requirements that no test proves. */
    List<Requirement> missing() {
        return proofs.entrySet().stream()
                .filter(row -> row.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    String toMarkdown() {
        var text = new StringBuilder();
        text.append("# AMQP 1.0 conformance\n\n")
                .append(
                        "Made by `ConformanceTableTest` (module `conformance`) from `requirements.txt` and the tests that carry\n")
                .append("`@Spec`; change those, then run `mvn test -pl conformance -Dconformance.write=true`.\n")
                .append(
                        "What stands under *requirement* is what the specification demands of a broker, in our words.\n\n")
                .append("| part | requirements | tested | missing |\n|---|---|---|---|\n");
        PARTS.keySet().stream().sorted().forEach(part -> appendSum(text, part));
        var part = "";
        for (Map.Entry<Requirement, Set<String>> row : proofs.entrySet()) {
            var requirement = row.getKey();
            if (!requirement.section().startsWith(part) || part.isEmpty()) {
                part = requirement.section().substring(0, 1);
                text.append("\n## ")
                        .append(PARTS.get(part))
                        .append("\n\n| section/name | requirement | test | status |\n|---|---|---|---|\n");
            }
            text.append("| ").append(requirement.id()).append(" | ");
            text.append(requirement.text()).append(" | ");
            text.append(code(row.getValue())).append(" | ");
            text.append(row.getValue().isEmpty() ? "**missing**" : "tested").append(" |\n");
        }
        if (!furtherTests.isEmpty()) {
            text.append("\n## Further tests by section\n\n| section | test |\n|---|---|\n");
            furtherTests.forEach((section, tests) -> text.append("| ")
                    .append(section)
                    .append(" | ")
                    .append(code(tests))
                    .append(" |\n"));
        }
        return text.toString();
    }

    private void appendSum(StringBuilder text, String part) {
        var rows = proofs.entrySet().stream()
                .filter(row -> row.getKey().section().startsWith(part))
                .toList();
        long missing = rows.stream().filter(row -> row.getValue().isEmpty()).count();
        text.append("| ").append(PARTS.get(part)).append(" | ").append(rows.size());
        text.append(" | ")
                .append(rows.size() - missing)
                .append(" | ")
                .append(missing)
                .append(" |\n");
    }

    private static String code(Set<String> tests) {
        return tests.stream().map(test -> "`" + test + "`").collect(Collectors.joining("<br>"));
    }

    private static Comparator<String> bySection() {
        return (a, b) -> {
            String[] left = a.split("\\.", -1);
            String[] right = b.split("\\.", -1);
            for (int i = 0; i < Math.min(left.length, right.length); i++) {
                int order = left[i].length() == right[i].length()
                        ? left[i].compareTo(right[i])
                        : Integer.compare(left[i].length(), right[i].length());
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(left.length, right.length);
        };
    }
}
