package dev.godwit.storage.segment;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The names of checkpoints, and how many of them are kept. */
final class CheckpointFiles {
    /** Of the newest one, and of the one before: damage to one costs no more than time. */
    private static final int KEPT = 2;

    private static final String PREFIX = "checkpoint-";
    private static final String SUFFIX = ".ckp";
    private static final String UNFINISHED_SUFFIX = ".tmp";

    private CheckpointFiles() {}

    static String name(long sequence) {
        return PREFIX + String.format(Locale.ROOT, "%016x", sequence) + SUFFIX;
    }

    static String unfinishedName(long sequence) {
        return PREFIX + String.format(Locale.ROOT, "%016x", sequence) + UNFINISHED_SUFFIX;
    }

    /** The sequence that a file name claims; null when it is no checkpoint's name. */
    static @Nullable Long sequenceOf(String name) {
        if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) {
            return null;
        }
        try {
            return Long.parseLong(name, PREFIX.length(), name.length() - SUFFIX.length(), 16);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Newest first. */
    static List<String> all(FileLayer files) throws IOException {
        return files.names().stream()
                .filter(name -> sequenceOf(name) != null)
                .sorted(Comparator.comparing(CheckpointFiles::sequenceOf).reversed())
                .toList();
    }

    /** Deletes what is not needed any more, and what was never finished but {@code underWay}. */
    static void deleteOld(FileLayer files, @Nullable String underWay) throws IOException {
        List<String> all = all(files);
        for (String name : all.subList(Math.min(KEPT, all.size()), all.size())) {
            files.delete(name);
        }
        for (String name : files.names()) {
            if (name.startsWith(PREFIX) && name.endsWith(UNFINISHED_SUFFIX) && !name.equals(underWay)) {
                files.delete(name);
            }
        }
    }
}
