package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordDecoder;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Reads records from where they lie. Neighbours are read together, so that a queue's next messages cost one read and not
 * one each. Every record is verified by its checksum, shard and index: so what a recycled file holds instead never passes
 * for it. Owned by the reading thread, before that by the thread that opens the journal.
 */
final class RecordFetcher implements Closeable {
    private static final int BUFFER_BYTES = 2 * 1024 * 1024;

    /** Reading a hole of this size costs less than a read of its own. */
    private static final int HOLE_BYTES_MAX = 64 * 1024;

    private final FileLayer files;
    private final RecordView view = new RecordView();
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
    private volatile @Nullable JournalFile file;
    private @Nullable Segment open;

    RecordFetcher(FileLayer files) {
        this.files = files;
    }

    /** Reads what the request's locations name. */
    void fetch(ReadRequest request) {
        int[] order = order(request);
        int from = 0;
        while (from < order.length) {
            int to = endOfCluster(request, order, from);
            fetchCluster(request, order, from, to);
            from = to;
        }
        forgetBefore(request.oldestGeneration());
    }

    /** What is to be read, in the order in which it lies on the disk. */
    private static int[] order(ReadRequest request) {
        var order = new int[request.count()];
        int count = 0;
        boolean ascending = true;
        for (int i = 0; i < request.count(); i++) {
            if (request.isToBeRead(i)) {
                ascending &= count == 0 || compare(request, order[count - 1], i) <= 0;
                order[count++] = i;
            }
        }
        if (ascending) {
            return count == order.length ? order : Arrays.copyOf(order, count);
        }
        Comparator<Integer> byPlace = (left, right) -> compare(request, left, right);
        return Arrays.stream(order, 0, count)
                .boxed()
                .sorted(byPlace)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static int compare(ReadRequest request, int left, int right) {
        int byGeneration = Long.compare(
                request.segment(left).generation(), request.segment(right).generation());
        return byGeneration != 0
                ? byGeneration
                : Long.compare(Location.offset(request.location(left)), Location.offset(request.location(right)));
    }

    private static int endOfCluster(ReadRequest request, int[] order, int from) {
        Segment segment = request.segment(order[from]);
        long begin = Location.offset(request.location(order[from]));
        long end = begin + bytesAtMost(request, order[from]);
        int to = from + 1;
        while (to < order.length && request.segment(order[to]) == segment) {
            long next = Location.offset(request.location(order[to]));
            long nextEnd = next + bytesAtMost(request, order[to]);
            if (next - end > HOLE_BYTES_MAX || nextEnd - begin > BUFFER_BYTES) {
                break;
            }
            end = Math.max(end, nextEnd);
            to++;
        }
        return to;
    }

    /** Of a record in pieces, only the first one need be there: {@link SeriesReader} reads on. */
    private static long bytesAtMost(ReadRequest request, int i) {
        return Math.min(BUFFER_BYTES, Location.bytesAtMost(request.location(i)));
    }

    private void fetchCluster(ReadRequest request, int[] order, int from, int to) {
        Segment segment = request.segment(order[from]);
        long begin = Location.offset(request.location(order[from]));
        long end = begin;
        for (int i = from; i < to; i++) {
            end = Math.max(end, Location.offset(request.location(order[i])) + bytesAtMost(request, order[i]));
        }
        long bufferBegin = begin & -Blocks.BLOCK_BYTES;
        try {
            load(segment, bufferBegin, Math.min(end, request.endOf(segment)));
        } catch (IOException e) {
            for (int i = from; i < to; i++) {
                request.missed(order[i], segment.fileName() + " cannot be read: " + e);
            }
            forget();
            return;
        }
        for (int i = from; i < to; i++) {
            fetchOne(request, order[i], segment, bufferBegin);
        }
    }

    private void fetchOne(ReadRequest request, int i, Segment segment, long bufferBegin) {
        long position = Location.offset(request.location(i));
        int at = (int) (position - bufferBegin);
        String problem = at >= buffer.limit()
                ? "the file ends before the record"
                : view.read(buffer, at, buffer.limit(), segment.salt());
        if (problem == null && (view.shard() != request.shard() || view.index() != request.recordIndex(i))) {
            problem = "record " + view.index() + " of shard " + view.shard() + " lies there instead";
        }
        if (problem == null) {
            try {
                long epoch = view.epoch();
                request.found(i, epoch, decode(request, i, position));
                return;
            } catch (DamagedFormatException | IOException e) {
                problem = String.valueOf(e.getMessage());
            }
        }
        request.missed(i, segment.fileName() + " at offset " + position + ": " + problem);
    }

    private JournalRecord decode(ReadRequest request, int i, long position) throws DamagedFormatException, IOException {
        if (view.type() == RecordType.CHUNK) {
            try (var series = new SeriesReader(files, request.segmentsFrom(i), position, request.currentEnd())) {
                return asAsked(request, series.read(request.shard(), request.recordIndex(i)));
            }
        }
        var body = new byte[view.bodyBytes()];
        buffer.get(view.bodyOffset(), body);
        return asAsked(request, RecordDecoder.decode(view.type(), ByteBuffer.wrap(body)));
    }

    /** Whoever asks for a message by its index does not care how it came to be one. */
    private static JournalRecord asAsked(ReadRequest request, JournalRecord record) {
        if (request.isOfEntries()) {
            return record;
        }
        return asMessage(record);
    }

    static JournalRecord asMessage(JournalRecord record) {
        if (record instanceof JournalRecord.MessagePosted posted) {
            return posted.message();
        }
        return record instanceof JournalRecord.LargeMessagePosted posted ? posted.message() : record;
    }

    /** Whole blocks, from the beginning of one: so nothing is read twice, or copied by the page cache. */
    private void load(Segment segment, long begin, long end) throws IOException {
        int length = Blocks.roundUp((int) Math.max(0, end - begin));
        if (length > buffer.capacity()) {
            int capacity = Math.max(length, 2 * buffer.capacity());
            buffer = ByteBuffer.allocateDirect(capacity + Blocks.BLOCK_BYTES)
                    .alignedSlice(Blocks.BLOCK_BYTES)
                    .slice(0, capacity);
        }
        buffer.clear().limit(length);
        open(segment).read(buffer, begin);
        buffer.flip();
    }

    private JournalFile open(Segment segment) throws IOException {
        JournalFile known = file;
        if (known != null && open == segment) {
            return known;
        }
        forget();
        JournalFile opened = files.openForFetching(segment.fileName());
        file = opened;
        open = segment;
        return opened;
    }

    /** Any thread: true when a segment's file may be open. */
    boolean isOpen() {
        return file != null;
    }

    /** Lets go of segments before that one: their files may be deleted. */
    void forgetBefore(long oldestGeneration) {
        Segment segment = open;
        if (segment != null && segment.generation() < oldestGeneration) {
            forget();
        }
    }

    private void forget() {
        JournalFile known = file;
        file = null;
        open = null;
        if (known != null) {
            try {
                known.close();
            } catch (IOException e) {
                // Nothing was written to it, so nothing is lost with it.
                buffer.clear();
            }
        }
    }

    @Override
    public void close() {
        forget();
    }
}
