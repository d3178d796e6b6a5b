package dev.godwit.jms.provider.amqp;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one I/O thread of all connections of this process: there from the first connection to the last, and a daemon, so
 * that it keeps no program alive. For any thread.
 */
final class SharedLoop {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static @Nullable SharedLoop current;

    private final Vertx vertx;
    private final Context context;
    private int users;

    private SharedLoop() {
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setUseDaemonThread(true)
                .setPreferNativeTransport(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        context = vertx.getOrCreateContext();
    }

    /** One user's share of the loop. */
    static final class Share {
        private final SharedLoop loop;
        private final AtomicBoolean released = new AtomicBoolean();

        private Share(SharedLoop loop) {
            this.loop = loop;
        }

        Vertx vertx() {
            return loop.vertx;
        }

        Context context() {
            return loop.context;
        }

        Executor executor() {
            return task -> loop.context.runOnContext(turn -> task.run());
        }

        void release() {
            if (released.compareAndSet(false, true)) {
                loop.leave();
            }
        }
    }

    static Share enter() {
        LOCK.lock();
        try {
            SharedLoop loop = current;
            if (loop == null) {
                loop = new SharedLoop();
                current = loop;
            }
            loop.users++;
            return new Share(loop);
        } finally {
            LOCK.unlock();
        }
    }

    private void leave() {
        LOCK.lock();
        try {
            if (--users == 0) {
                current = null;
                // Not awaited: the caller may be the loop itself.
                vertx.close();
            }
        } finally {
            LOCK.unlock();
        }
    }
}
