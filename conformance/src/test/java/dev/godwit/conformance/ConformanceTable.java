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

/** Requirements joined with the tests that prove them; prints itself as a page of docs. */
final class ConformanceTable {
    private final Specification specification;
    private final Map<Requirement, Set<String>> proofs = new LinkedHashMap<>();
    private final Map<String, Set<String>> furtherTests = new TreeMap<>(bySection());
    private final List<String> unknownTags = new ArrayList<>();

    ConformanceTable(Specification specification, List<Requirement> requirements, List<TaggedTest> tests) {
        this.specification = specification;
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

    /** Requirements that no test proves, and that do not say why. */
    List<Requirement> missing() {
        return proofs.entrySet().stream()
                .filter(row -> row.getValue().isEmpty() && row.getKey().exemption() == null)
                .map(Map.Entry::getKey)
                .toList();
    }

    String toMarkdown() {
        var sections = Requirement.sectionsOf(specification);
        var text = new StringBuilder();
        text.append("# ").append(specification.title()).append(" conformance\n\n");
        text.append("Made by `ConformanceTableTest` (module `conformance`) from `")
                .append(specification.requirements())
                .append("` and the tests that carry\n`@")
                .append(specification.annotation())
                .append("`; change those, then run `mvn test -pl conformance -Dconformance.write=true`.\n");
        text.append("What stands under *requirement* is what the specification demands of ")
                .append(specification.bound())
                .append(", in our words.\n\n");
        text.append("| part | requirements | tested | not tested, and why | missing |\n|---|---|---|---|---|\n");
        proofs.keySet().stream().map(Requirement::part).distinct().forEach(part -> appendSum(text, part));
        var part = "";
        var section = "";
        for (Map.Entry<Requirement, Set<String>> row : proofs.entrySet()) {
            var requirement = row.getKey();
            if (!requirement.part().equals(part)) {
                part = requirement.part();
                text.append("\n## ")
                        .append(specification.parts().get(part))
                        .append("\n\n| section/name | requirement | test | status |\n|---|---|---|---|\n");
            }
            if (!requirement.section().equals(section)) {
                section = requirement.section();
                var heading = sections.get(section);
                if (heading != null) {
                    text.append("| **")
                            .append(section)
                            .append("** | **")
                            .append(heading)
                            .append("** | | |\n");
                }
            }
            text.append("| ").append(requirement.id()).append(" | ");
            text.append(requirement.text()).append(" | ");
            text.append(code(row.getValue())).append(" | ");
            text.append(status(requirement, row.getValue())).append(" |\n");
        }
        if (!furtherTests.isEmpty()) {
            text.append("\n## Further tests by section\n\n| section | test |\n|---|---|\n");
            furtherTests.forEach((about, tests) -> text.append("| ")
                    .append(about)
                    .append(" | ")
                    .append(code(tests))
                    .append(" |\n"));
        }
        return text.toString();
    }

    private static String status(Requirement requirement, Set<String> tests) {
        if (!tests.isEmpty()) {
            return "tested";
        }
        return requirement.exemption() == null ? "**missing**" : requirement.exemption();
    }

    private void appendSum(StringBuilder text, String part) {
        var rows = proofs.entrySet().stream()
                .filter(row -> row.getKey().part().equals(part))
                .toList();
        long tested = rows.stream().filter(row -> !row.getValue().isEmpty()).count();
        long missing = missing().stream()
                .filter(requirement -> requirement.part().equals(part))
                .count();
        text.append("| ").append(specification.parts().get(part)).append(" | ").append(rows.size());
        text.append(" | ").append(tested);
        text.append(" | ").append(rows.size() - tested - missing);
        text.append(" | ").append(missing).append(" |\n");
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
