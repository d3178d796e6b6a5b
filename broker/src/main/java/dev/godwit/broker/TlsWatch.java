package dev.godwit.broker;

import dev.godwit.amqp.transport.TlsEndpoint;
import dev.godwit.amqp.transport.TlsFilesException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then whether the files for TLS have changed, on a thread of its own, since reading files may block. */
final class TlsWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsWatch.class);

    private final TlsEndpoint endpoint;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "godwit-tls-files"));
    private String lastFailure = "";

    TlsWatch(TlsEndpoint endpoint, long intervalMillis) {
        this.endpoint = endpoint;
        var unused = thread.scheduleWithFixedDelay(this::look, intervalMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            if (endpoint.reload()) {
                lastFailure = "";
                log.info("TLS: the files have changed and are in use; connections that are open stay as they are");
            }
        } catch (TlsFilesException | RuntimeException unusable) {
            var failure = String.valueOf(unusable.getMessage());
            if (!failure.equals(lastFailure)) {
                lastFailure = failure;
                log.error("TLS: the changed files are not used, what was read before stays in use: {}", failure);
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
