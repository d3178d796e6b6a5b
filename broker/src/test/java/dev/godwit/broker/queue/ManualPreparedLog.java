package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.PreparedLog;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** The metadata log, as far as it is about prepared transactions. The test says when it commits. */
final class ManualPreparedLog implements PreparedLog {
    final TreeSet<String> stored = new TreeSet<>();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    boolean full;

    @Override
    public void store(String key, ByteBuffer body, Reply reply) {
        append(() -> stored.add(key), reply);
    }

    @Override
    public void remove(String key, Reply reply) {
        append(() -> stored.remove(key), reply);
    }

    private void append(BooleanSupplier effect, Reply reply) {
        if (full) {
            reply.onFailed("the disk is full");
            return;
        }
        waiting.add(() -> {
            assertThat(effect.getAsBoolean()).isTrue();
            reply.onSafe();
        });
    }

    boolean commitNext(ManualEventLoop loop) {
        var next = waiting.poll();
        if (next != null) {
            loop.run(next);
        }
        return next != null;
    }
}
