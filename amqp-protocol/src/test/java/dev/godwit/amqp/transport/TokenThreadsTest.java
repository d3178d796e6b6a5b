package dev.godwit.amqp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Suppliers of tokens are asked, and whatever they do is heard. */
@Timeout(20)
final class TokenThreadsTest {
    private static final long SOON_SECONDS = 10;

    @Test
    void anErrorOfTheSupplierIsHeardAsAFailure() throws Exception {
        var error = new NoClassDefFoundError("tokens");
        var heard = new CompletableFuture<Throwable>();

        var unused = TokenThreads.ask(
                () -> {
                    throw error;
                },
                (answer, failure) -> heard.complete(failure));

        assertThat(heard.get(SOON_SECONDS, TimeUnit.SECONDS)).isSameAs(error);
    }

    @Test
    void theSupplierHasTheContextClassLoaderOfWhoAsks() throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        for (int i = 0; i < TokenThreads.THREADS_MAX; i++) {
            // From now on all threads are there.
            assertThat(loaderThere()).containsSame(before);
        }
        try (var loader = new URLClassLoader(new URL[0], before)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertThat(loaderThere()).containsSame(loader);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static Optional<ClassLoader> loaderThere() throws Exception {
        var heard = new CompletableFuture<Optional<ClassLoader>>();
        var unused = TokenThreads.ask(
                () -> Optional.ofNullable(Thread.currentThread().getContextClassLoader()),
                (answer, failure) -> heard.complete(answer == null ? Optional.empty() : answer));
        return heard.get(SOON_SECONDS, TimeUnit.SECONDS);
    }
}
