package dev.godwit.storage.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps segments that the next start does not need, for readers of a queue's past: for a time after they were sealed, and
 * up to a size. They are not part of the log any more and are given up, oldest first, before the disk is full. Owned by
 * the writer thread.
 */
final class SegmentRetention {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRetention.class);

    private final long millis;
    private final long bytesMax;
    private final ToLongFunction<Segment> sealedAtMillis;
    private final Consumer<Segment> free;
    private final ArrayDeque<Segment> kept = new ArrayDeque<>();
    private long keptBytes;

    /** Who reads segments that the log may need no more. */
    private final List<StateCapture> holds = new ArrayList<>();

    /**
     * @param millis how long a segment is kept after it was sealed; 0 for not at all
     * @param bytesMax how many bytes of them are kept; 0 for as many as there are
     * @param sealedAtMillis when a segment was sealed
     * @param free told of each segment that is not kept any longer
     */
    SegmentRetention(long millis, long bytesMax, ToLongFunction<Segment> sealedAtMillis, Consumer<Segment> free) {
        this.millis = millis;
        this.bytesMax = bytesMax;
        this.sealedAtMillis = sealedAtMillis;
        this.free = free;
    }

    boolean isOn() {
        return millis > 0;
    }

    /** Before anything else: what was kept when the node stopped. */
    void restore(List<Segment> segments) {
        kept.addAll(segments);
        segments.forEach(segment -> keptBytes += segment.capacityBytes());
    }

    /** The log needs the segment no more. Segments come oldest first. */
    void onNotNeeded(Segment segment) {
        if (!isOn() && holds.isEmpty() && kept.isEmpty()) {
            free.accept(segment);
            return;
        }
        kept.add(segment);
        keptBytes += segment.capacityBytes();
    }

    /** All segments are kept that {@code capture} knows, until {@link #release} or until its time is over. */
    void hold(StateCapture capture) {
        holds.add(capture);
    }

    void release(StateCapture capture) {
        holds.remove(capture);
    }

    private boolean isHeld(long nowMillis) {
        holds.removeIf(capture -> {
            boolean overdue = capture.isOverdue(nowMillis);
            if (overdue) {
                capture.lose("it took too long to read it");
            }
            return overdue;
        });
        return !holds.isEmpty();
    }

    /** Frees those whose time is over or for which there is no room. */
    void freeExpired(long nowMillis) {
        if (isHeld(nowMillis)) {
            return;
        }
        while (!kept.isEmpty()
                && (nowMillis - sealedAtMillis.applyAsLong(kept.peek()) >= millis
                        || (bytesMax > 0 && keptBytes > bytesMax))) {
            freeOldest();
        }
    }

    /** The disk is full: what is alive goes before what is remembered. */
    void freeAll() {
        holds.forEach(capture -> capture.lose("the disk is full, and its segments are needed"));
        holds.clear();
        if (!kept.isEmpty()) {
            LOG.warn("Journal gives up {} segments that were kept after use, for the disk is full", kept.size());
        }
        while (!kept.isEmpty()) {
            freeOldest();
        }
    }

    private void freeOldest() {
        Segment oldest = kept.remove();
        keptBytes -= oldest.capacityBytes();
        free.accept(oldest);
    }

    /** Oldest first. */
    List<Segment> kept() {
        return new ArrayList<>(kept);
    }

    boolean isEmpty() {
        return kept.isEmpty();
    }

    long keptBytes() {
        return keptBytes;
    }
}
