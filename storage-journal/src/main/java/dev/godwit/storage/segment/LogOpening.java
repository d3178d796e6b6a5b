package dev.godwit.storage.segment;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a log begins: in a directory that is empty, or behind what was found. Used by the thread that opens it, once. */
final class LogOpening {
    private static final Logger LOG = LoggerFactory.getLogger(LogOpening.class);

    private final FileLayer files;
    private final LogSettings settings;
    private final SegmentSupply supply;

    LogOpening(FileLayer files, LogSettings settings, SegmentSupply supply) {
        this.files = files;
        this.settings = settings;
        this.supply = supply;
    }

    /**
     * Whether what was found may be gone on with. Nothing is changed.
     *
     * @param fileNames of all files that are there
     * @throws CorruptJournalException when it may not
     */
    static void check(RecoveredLog found, LogSettings settings, boolean acceptLoss, List<String> fileNames)
            throws CorruptJournalException {
        checkSize(found, settings);
        checkDamages(found, acceptLoss, fileNames);
    }

    private static void checkSize(RecoveredLog found, LogSettings settings) throws CorruptJournalException {
        for (Segment segment : found.segments().all()) {
            if (segment.capacityBytes() > settings.segmentBytes()) {
                throw CorruptJournalException.foreign(
                        segment.fileName(),
                        "it was written with segments of " + segment.capacityBytes() + " bytes; they may be made larger"
                                + " than that, not smaller (" + settings.segmentBytes() + ")");
            }
        }
    }

    private static void checkDamages(RecoveredLog found, boolean acceptLoss, List<String> fileNames)
            throws CorruptJournalException {
        List<Damage> losses = found.losses();
        boolean othersCountOnIt = found.tails().values().stream().anyMatch(ShardTail::isReplicated)
                || PromiseFileNames.ALL.stream().anyMatch(fileNames::contains);
        if (!losses.isEmpty() && othersCountOnIt) {
            throw CorruptJournalException.because(
                    "what had been on stable storage is damaged, and other nodes count on it: its loss cannot be"
                            + " accepted here. Empty the directory, and the node will be given all from the others. The"
                            + " first damage: " + losses.get(0).describe());
        }
        if (!losses.isEmpty() && !acceptLoss) {
            throw CorruptJournalException.of(losses);
        }
        for (Damage damage : found.damages()) {
            if (damage.isHarmless()) {
                LOG.warn("Harmless damage: {}", damage.describe());
            } else if (damage.accepted()) {
                LOG.info("Damage that was accepted before: {}", damage.describe());
            }
        }
    }

    /** The first segment of a new journal. */
    SegmentSupply.Ready begin() throws IOException {
        for (String name : files.names()) {
            if (Segment.isSpareName(name)) {
                supply.offerSpare(name);
            }
        }
        long neededBytes = (1L + settings.segmentsAhead() + settings.reserveSegments()) * settings.segmentBytes();
        DiskFullException lack = files.usableBytes() < neededBytes
                ? new DiskFullException("the file system has " + files.usableBytes() + " bytes left")
                : supply.begin(settings.segmentsAhead());
        if (lack != null) {
            throw new DiskFullException(
                    "a new journal needs " + neededBytes + " bytes for its first segments and its reserve, and there is"
                            + " not so much room (" + lack.getMessage()
                            + "): free some space, or choose smaller segments",
                    lack);
        }
        return supply.take(() -> {});
    }

    /** A segment; where there is no room for one, nobody waits for it yet. */
    SegmentSupply.Ready takeAtOnce() throws IOException {
        return supply.take(() -> {
            if (supply.space().isFull()) {
                supply.stopWaiting();
            }
        });
    }

    /** The file that was written last, to be written on. What is in it is on stable storage then. */
    JournalFile goOn(RecoveredLog found) throws IOException {
        JournalFile tail = files.openForWriting(found.segments().current().fileName());
        // A killed process may have left its last batch in the page cache: it is about to be believed.
        tail.sync();
        // The same goes for the names that it gave.
        files.syncDirectory();
        for (Segment segment : found.unused()) {
            supply.offerReady(segment);
        }
        for (String spare : found.spares()) {
            supply.offerSpare(spare);
        }
        DiskFullException lack = supply.begin(
                Math.max(0, settings.segmentsAhead() - found.unused().size()));
        supply.space().free(found.segments().current().freeBytes());
        if (lack != null && supply.space().isExhausted()) {
            tail.close();
            throw new DiskFullException(
                    "the disk is full, and the reserve is used up (" + lack.getMessage() + "): free at least "
                            + settings.segmentBytes() + " bytes",
                    lack);
        }
        return tail;
    }
}
