package dev.godwit.distribution.configuration;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that somebody probably meant. */
final class NearestName {
    private NearestName() {}

    /** The known name nearest to {@code unknown}, if one is near enough to be worth naming. */
    static Optional<String> of(String unknown, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(name -> distance(unknown, name)))
                .filter(name -> distance(unknown, name) <= Math.max(2, unknown.length() / 3));
    }

    /** Edits between two names; the last part alone, when only that was given, costs one. */
    private static int distance(String unknown, String name) {
        int whole = edits(unknown, name);
        if (unknown.indexOf('.') >= 0 || name.indexOf('.') < 0) {
            return whole;
        }
        return Math.min(whole, 1 + edits(unknown, name.substring(name.lastIndexOf('.') + 1)));
    }

    /** Levenshtein's distance. */
    static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
