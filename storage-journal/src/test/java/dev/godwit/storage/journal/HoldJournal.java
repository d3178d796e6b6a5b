package dev.godwit.storage.journal;

import java.nio.file.Path;

/** A process that has a journal open until it is killed or its input ends. */
final class HoldJournal {
    private HoldJournal() {}

    public static void main(String[] args) throws Exception {
        var configuration = JournalConfiguration.defaults(Path.of(args[0])).withSegmentBytes(1024 * 1024);
        try (var journal = Journal.open(configuration, failure -> {})) {
            System.out.println(journal.statistics().pendingBytes() == 0 ? "open" : "odd");
            while (System.in.read() >= 0) {
                // Until it ends.
            }
        }
    }
}
