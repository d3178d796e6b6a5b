package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TermReplayTest {
    private final List<Long> told = new ArrayList<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final TermReplay replay = new TermReplay(
            new ShardRecovery() {
                @Override
                public void onMessage(
                        long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
                    told.add(index);
                }

                @Override
                public void onLargeMessage(
                        long index,
                        long queueId,
                        int attributes,
                        long expiryTimeMillis,
                        int deliveryCount,
                        long encodedBytes,
                        LongRanges partIndices) {
                    told.add(index);
                }

                @Override
                public void onRecord(long index, JournalRecord record) {
                    told.add(index);
                }

                @Override
                public void onTransactionDecided(long index, UUID transactionId) {
                    told.add(index);
                }
            },
            over);

    @Test
    void endsWithTheTerm() {
        replay.onMessage(1, 7, 0, 0, 0);
        replay.onLargeMessage(2, 7, 0, 0, 0, 100, LongRanges.of(2));
        replay.onTransactionDecided(3, new UUID(1, 2));
        over.complete(null);
        assertThatThrownBy(() -> replay.onMessage(4, 7, 0, 0, 0)).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> replay.onTransactionDecided(5, new UUID(1, 2)))
                .isInstanceOf(CancellationException.class);
        assertThat(told).containsExactly(1L, 2L, 3L);
    }
}
