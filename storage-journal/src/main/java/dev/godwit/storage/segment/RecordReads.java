package dev.godwit.storage.segment;

import java.io.Closeable;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has records read on the reading thread. A record that was not found where it lay a moment ago goes back to be looked up
 * again: it has moved, or else its bytes are damaged.
 */
final class RecordReads implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordReads.class);

    private final FileLayer files;
    private final RecordFetcher fetcher;
    private final Executor reading;
    private final Consumer<ReadRequest> lookUpAgain;
    private final HistoryReader history;

    /** @param reading runs one task at a time */
    RecordReads(FileLayer files, UUID journalId, Executor reading, Consumer<ReadRequest> lookUpAgain) {
        this.files = files;
        fetcher = new RecordFetcher(files);
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
            try {
                history.read(request);
            } catch (RuntimeException | Error e) {
                LOG.error("Reading a queue's past broke", e);
                request.missed("it could not be read: " + e);
            }
            request.end();
        });
    }

    /** Any thread: the state was taken, and is read from now on. */
    void begin(StateCapture capture) {
        reading.execute(() -> {
            try {
                capture.begin(files);
            } catch (RuntimeException | Error e) {
                LOG.error("Taking the state of shard {} broke", capture.shard(), e);
                capture.lose("it could not be taken: " + e);
                capture.tellTaken();
            }
        });
    }

    /** Any thread: reads a piece of it. */
    void read(StateCapture capture, int bytesMax, Consumer<StatePiece> whenRead) {
        reading.execute(() -> whenRead.accept(read(capture, bytesMax)));
    }

    private static StatePiece read(StateCapture capture, int bytesMax) {
        try {
            return capture.read(bytesMax);
        } catch (RuntimeException | Error e) {
            LOG.error("Reading the state of shard {} broke", capture.shard(), e);
            return new StatePiece(List.of(), false, "it could not be read: " + e);
        }
    }

    /** Any thread: nobody reads it any more. */
    void end(StateCapture capture, Runnable whenClosed) {
        reading.execute(() -> {
            capture.close();
            whenClosed.run();
        });
    }

    private void read(ReadRequest request) {
        try {
            fetcher.fetch(request);
        } catch (RuntimeException | Error e) {
            // Whoever asked is told, and whoever asks next is served.
            LOG.error("Reading records back broke", e);
            request.missRest("it could not be read: " + e);
            request.end();
            return;
        }
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
