package dev.godwit.broker.runtime.vertx;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All event loops of one broker. Made at its start, closed at its end. */
public final class VertxLoops implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VertxLoops.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private final Vertx vertx;
    private final List<VertxEventLoop> loops;

    public VertxLoops(int count) {
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(count)
                .setPreferNativeTransport(true)
                .setFileSystemOptions(filesAsTheyAre()));
        logTransport(vertx, count);
        var internal = (VertxInternal) vertx;
        // Vert.x deals its loops out in turn, so this many contexts are this many different loops.
        loops = IntStream.range(0, count)
                .mapToObj(each -> new VertxEventLoop(internal.createEventLoopContext()))
                .toList();
    }

    /** Java's selectors take more system calls for each wake-up; they serve where there is nothing else. */
    private static void logTransport(Vertx vertx, int count) {
        if (vertx.isNativeTransportEnabled()) {
            LOG.info("{} event loops over the native transport of this system", count);
        } else {
            var cause = vertx.unavailableNativeTransportCause();
            LOG.info(
                    "{} event loops over Java's selectors: {}",
                    count,
                    cause == null ? "there is no native transport on the class path" : cause.toString());
        }
    }

    /** Without a cache of files in the directory for temporary ones, which would outlive a broker that is killed. */
    private static FileSystemOptions filesAsTheyAre() {
        return new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);
    }

    public Vertx vertx() {
        return vertx;
    }

    public int count() {
        return loops.size();
    }

    public VertxEventLoop loop(int number) {
        return loops.get(number);
    }

    public List<VertxEventLoop> all() {
        return loops;
    }

    @Override
    public void close() {
        try {
            vertx.close().await(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new IllegalStateException(
                    "event loops did not end within " + CLOSE_TIMEOUT_SECONDS + " s; a task blocks one", late);
        }
    }
}
