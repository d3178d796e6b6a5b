package dev.godwit.broker.admin;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the key of a binding asks of a message's subject, in the words of a selector: words with dots between them, of which
 * {@code *} stands for any one word and {@code #} for any number of words.
 */
final class BindingKey {
    private static final String ONE_WORD = "*";
    private static final String ANY_WORDS = "#";
    private static final String FIELD = "JMSType";

    private BindingKey() {}

    /**
     * The selector; null when the key asks for nothing.
     *
     * @throws IllegalArgumentException when no selector says the same, with a sentence for whoever asked
     */
    static @Nullable String selector(String key) {
        if (key.isEmpty() || key.equals(ANY_WORDS)) {
            return null;
        }
        var words = List.of(key.split("\\.", -1));
        int any = Collections.frequency(words, ANY_WORDS);
        boolean one = words.contains(ONE_WORD);
        if (any == 0) {
            return one ? likeOfWords(words) : equal(key);
        }
        if (any > 1 || one) {
            throw new IllegalArgumentException(
                    "the binding key " + Quotation.of(key) + " cannot be had: it may have one # or some *, not both");
        }
        int at = words.indexOf(ANY_WORDS);
        var before = words.subList(0, at);
        var behind = words.subList(at + 1, words.size());
        var without =
                String.join(".", before) + (before.isEmpty() || behind.isEmpty() ? "" : ".") + String.join(".", behind);
        var around = escaped(before, ".", true) + "%" + escaped(behind, ".", false);
        return equal(without) + " OR " + like(around);
    }

    /** As many words, and no more: so none of those that may be anything has a dot. */
    private static String likeOfWords(List<String> words) {
        var pattern = words.stream()
                .map(word -> word.equals(ONE_WORD) ? "%" : escaped(word))
                .collect(Collectors.joining("."));
        return like(pattern) + " AND " + FIELD + " NOT LIKE '" + "%.".repeat(words.size()) + "%'";
    }

    private static String equal(String text) {
        return FIELD + " = '" + quoted(text) + "'";
    }

    private static String like(String pattern) {
        return FIELD + " LIKE '" + quoted(pattern) + "' ESCAPE '!'";
    }

    /** The words, each with a dot behind it, or before it. */
    private static String escaped(List<String> words, String dot, boolean behind) {
        var text = new StringBuilder();
        words.forEach(word -> text.append(behind ? escaped(word) + dot : dot + escaped(word)));
        return text.toString();
    }

    private static String escaped(String word) {
        return word.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    private static String quoted(String text) {
        return text.replace("'", "''");
    }
}
