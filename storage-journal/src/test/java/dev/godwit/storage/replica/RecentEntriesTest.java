package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.Payload;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentEntriesTest {
    /** A thousand bytes. */
    private record Text(String text) implements Payload {
        @Override
        public int sizeBytes() {
            return 1_000;
        }
    }

    private static LogEntry entry(long index, long epoch) {
        return new LogEntry(index, epoch, new Text(index + " of " + epoch));
    }

    private static RecentEntries with(long bytesMax, long first, long last) {
        var recent = new RecentEntries(bytesMax, first);
        for (long index = first; index <= last; index++) {
            recent.append(entry(index, 1));
        }
        return recent;
    }

    private static List<Long> indices(List<LogEntry> entries) {
        return entries.stream().map(LogEntry::index).toList();
    }

    @Test
    void givesBatchesOfSoManyBytesAndAtLeastOneEntry() {
        RecentEntries recent = with(1_000_000, 10, 300);
        assertThat(indices(recent.read(10, 300, 3_500))).containsExactly(10L, 11L, 12L);
        assertThat(indices(recent.read(299, 300, 1))).containsExactly(299L);
        assertThat(indices(recent.read(299, 299, 9_999))).containsExactly(299L);
        assertThat(recent.read(300, 300, 9_999)).containsExactly(entry(300, 1));
        assertThat(recent.read(10, 300, 1_000_000)).hasSize(291);
    }

    @Test
    void letsGoOnlyOfWhatIsOnStableStorage() {
        RecentEntries recent = with(3_400, 1, 10);
        recent.trim(4);
        assertThat(recent.firstIndex()).isEqualTo(5);
        recent.trim(10);
        assertThat(recent.firstIndex()).isEqualTo(8);
        assertThat(indices(recent.read(8, 10, 1_000_000))).containsExactly(8L, 9L, 10L);
    }

    @Test
    void goesOnBehindWhatWasDropped() {
        RecentEntries recent = with(3_400, 1, 10);
        recent.trim(10);
        recent.truncate(9);
        recent.append(entry(9, 2));
        assertThat(recent.read(8, 9, 1_000_000)).containsExactly(entry(8, 1), entry(9, 2));
        recent.truncate(3);
        assertThat(recent.firstIndex()).isEqualTo(3);
        recent.append(entry(3, 3));
        assertThat(recent.read(3, 9, 1_000_000)).containsExactly(entry(3, 3));
        assertThatThrownBy(() -> recent.append(entry(5, 3))).isInstanceOf(IllegalStateException.class);
    }
}
