package dev.godwit.broker.address;

import java.util.List;

/**
 * Names of topics in one: words with dots between them, of which {@code *} stands for any one word and {@code #} for any
 * number of words. Immutable.
 */
public final class TopicPattern {
    private static final String ONE_WORD = "*";
    private static final String ANY_WORDS = "#";

    private final List<String> words;

    public TopicPattern(String text) {
        this.words = words(text);
    }

    private static List<String> words(String text) {
        return List.of(text.split("\\.", -1));
    }

    /** True when a name is a pattern rather than one topic's own. */
    public static boolean isPattern(String text) {
        return words(text).stream().anyMatch(word -> word.equals(ONE_WORD) || word.equals(ANY_WORDS));
    }

    /** Takes time in proportion to the words of both. */
    public boolean matches(String topic) {
        var name = words(topic);
        // reached[n]: the pattern so far matches the first n words of the name.
        var reached = new boolean[name.size() + 1];
        reached[0] = true;
        for (var word : words) {
            reached = step(reached, word, name);
        }
        return reached[name.size()];
    }

    private static boolean[] step(boolean[] before, String word, List<String> name) {
        var after = new boolean[before.length];
        if (word.equals(ANY_WORDS)) {
            boolean from = false;
            for (int n = 0; n < before.length; n++) {
                from |= before[n];
                after[n] = from;
            }
            return after;
        }
        for (int n = 1; n < before.length; n++) {
            after[n] = before[n - 1] && (word.equals(ONE_WORD) || word.equals(name.get(n - 1)));
        }
        return after;
    }
}
