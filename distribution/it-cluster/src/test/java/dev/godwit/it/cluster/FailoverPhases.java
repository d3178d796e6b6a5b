package dev.godwit.it.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** When a node that took over did what, by what the nodes' logs say. Stateless. */
final class FailoverPhases {
    /** What a line holds, and what that means; in the order in which it happens. */
    private static final Map<String, String> SIGNS = new LinkedHashMap<>();

    static {
        SIGNS.put("CopyState[shard=0, role=TRYING", "tries");
        SIGNS.put("CopyState[shard=0, role=LEADER", "elected");
        SIGNS.put("leads all shards, and begins to serve", "leads all");
        SIGNS.put("facts in ", "has read");
        SIGNS.put("is active after", "active");
        SIGNS.put("clients are passed on to", "passes on");
    }

    private FailoverPhases() {}

    /** What happened since a moment, and after how many milliseconds. */
    static String since(Instant begin, List<Path> logs) throws IOException {
        var phases = new TreeMap<Long, String>();
        for (Path log : logs) {
            for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
                Instant at = time(line);
                if (at != null && at.isAfter(begin)) {
                    SIGNS.forEach((sign, phase) -> {
                        if (line.contains(sign)) {
                            phases.merge(
                                    Duration.between(begin, at).toMillis(),
                                    log.getFileName().toString().replace(".log", " ") + phase,
                                    (one, other) -> one + ", " + other);
                        }
                    });
                }
            }
        }
        return phases.entrySet().stream()
                .map(each -> each.getKey() + ": " + each.getValue())
                .collect(Collectors.joining("; "));
    }

    private static @Nullable Instant time(String line) {
        int end = line.indexOf(' ');
        try {
            return end < 0 ? null : Instant.parse(line.substring(0, end));
        } catch (DateTimeParseException noTime) {
            return null;
        }
    }
}
