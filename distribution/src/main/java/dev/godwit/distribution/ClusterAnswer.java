package dev.godwit.distribution;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the active node says of the cluster (docs/management.md). Immutable. */
record ClusterAnswer(Map<?, ?> body) {
    String cluster() {
        return String.valueOf(body.get("cluster"));
    }

    String active() {
        return String.valueOf(body.get("active"));
    }

    /** That the active node hands over, and why it has not yet; empty when it does not. */
    String underway() {
        return text("underway");
    }

    /** Why the active node gave up to hand over when that was ordered; empty when it did not. */
    String failure() {
        return text("failure");
    }

    private String text(String key) {
        return body.get(key) instanceof String text ? text : "";
    }

    List<Map<?, ?>> nodes() {
        return maps(body.get("nodes"));
    }

    List<Map<?, ?>> shards() {
        return maps(body.get("shards"));
    }

    static List<Map<?, ?>> copies(Map<?, ?> shard) {
        return maps(shard.get("copies"));
    }

    boolean isResting(String node) {
        return nodes().stream()
                .anyMatch(each -> node.equals(each.get("node")) && Boolean.TRUE.equals(each.get("resting")));
    }

    private static List<Map<?, ?>> maps(@Nullable Object list) {
        return list instanceof List<?> entries
                ? entries.stream()
                        .<Map<?, ?>>mapMulti((each, into) -> {
                            if (each instanceof Map<?, ?> map) {
                                into.accept(map);
                            }
                        })
                        .toList()
                : List.of();
    }
}
