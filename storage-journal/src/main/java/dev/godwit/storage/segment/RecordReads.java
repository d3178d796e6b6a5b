package dev.godwit.storage.segment;

import java.io.Closeable;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Has records read on the reading thread. A record that was not found where it lay a moment ago goes back to be looked up
 * again: it has moved, or else its bytes are damaged.
 */
final class RecordReads implements Closeable {
    private final RecordFetcher fetcher;
    private final Executor reading;
    private final Consumer<ReadRequest> lookUpAgain;
    private final HistoryReader history;

    /** @param reading runs one task at a time */
    RecordReads(FileLayer files, UUID journalId, Executor reading, Consumer<ReadRequest> lookUpAgain) {
        this.fetcher = new RecordFetcher(files);
        this.reading = reading;
        history = new HistoryReader(files, journalId);
        this.lookUpAgain = lookUpAgain;
    }

    /** Any thread: the request has been looked up, and is read now. */
    void submit(ReadRequest request) {
        reading.execute(() -> read(request));
    }

    /** Any thread: the segments are known, and are read now. */
    void submit(HistoryRequest request) {
        reading.execute(() -> {
            history.read(request);
            request.end();
        });
    }

    private void read(ReadRequest request) {
        fetcher.fetch(request);
        if (request.isMissingAny()) {
            lookUpAgain.accept(request);
        } else {
            request.end();
        }
    }

    /** Any thread: segments before that one are not needed any more. */
    void forgetBefore(long generation) {
        if (fetcher.isOpen()) {
            reading.execute(() -> fetcher.forgetBefore(generation));
        }
    }

    /** After the reading thread has ended. */
    @Override
    public void close() {
        fetcher.close();
    }
}
