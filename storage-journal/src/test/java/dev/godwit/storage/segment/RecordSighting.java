package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A record, or a piece of one, as a walk through a journal's files shows it, and where it lies. */
final class RecordSighting {
    final String file;
    final int position;
    final byte[] bytes;
    final String key;

    private RecordSighting(String file, int position, byte[] bytes, String key) {
        this.file = file;
        this.position = position;
        this.bytes = bytes;
        this.key = key;
    }

    /** Whether the bytes are the same in another state of the files. */
    boolean isIntactIn(MemoryFileLayer files) {
        if (!files.names().contains(file)) {
            return false;
        }
        byte[] content = files.contentOf(file);
        int end = position + bytes.length;
        return content.length >= end && Arrays.equals(content, position, end, bytes, 0, bytes.length);
    }

    /** Every fact that can be read from the files, however damaged they are, in the order of reading. */
    static List<RecordSighting> in(MemoryFileLayer files) throws IOException {
        var seen = new ArrayList<RecordSighting>();
        var ledger = new DamageLedger();
        SegmentDirectory directory = SegmentDirectory.read(files, ledger);
        if (directory == null) {
            return seen;
        }
        try (var reader = new SegmentReader(files)) {
            var listener = new LogWalk.Listener() {
                @Override
                public void onSegment(Segment segment) {
                    // Each record says where it lies.
                }

                @Override
                public void onRecord(SegmentReader at) {
                    if (at.record().type() <= RecordType.CHUNK) {
                        seen.add(show(at));
                    }
                }

                @Override
                public void onBatchEnd(SegmentReader at, long position) {
                    // Its records have come.
                }
            };
            new LogWalk(reader, directory.segments(), ledger, new ShardSightings(), listener).run();
        }
        return seen;
    }

    private static RecordSighting show(SegmentReader at) {
        var record = at.record();
        var bytes = new byte[record.bytes()];
        at.bytes().get(record.offset(), bytes);
        int chunk = record.type() == RecordType.CHUNK ? record.chunkNumber(at.bytes()) : -1;
        String key = record.shard() + "/" + record.index() + "/" + record.type() + "/" + chunk + "/" + record.isMoved();
        return new RecordSighting(at.segment().fileName(), Math.toIntExact(at.recordPosition()), bytes, key);
    }

    static Map<String, RecordSighting> byKey(List<RecordSighting> sightings) {
        var byKey = new HashMap<String, RecordSighting>();
        for (RecordSighting each : sightings) {
            if (byKey.put(each.key, each) != null) {
                throw new AssertionError(each.key + " was shown twice");
            }
        }
        return byKey;
    }
}
