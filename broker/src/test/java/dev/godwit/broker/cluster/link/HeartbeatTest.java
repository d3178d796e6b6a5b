package dev.godwit.broker.cluster.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final List<String> silences = new ArrayList<>();
    private int beats;
    private final Heartbeat heartbeat =
            new Heartbeat(loop, LinkSettings.withoutTls().withTimes(100, 1_000, 5_000), () -> beats++, silences::add);

    @Test
    void beatsAtItsInterval() {
        heartbeat.start();
        loop.advance(950);
        assertThat(beats).isEqualTo(9);
    }

    @Test
    void saysOnceThatThePeerIsSilent() {
        heartbeat.start();
        loop.advance(900);
        heartbeat.onHeard();
        loop.advance(1_000);
        assertThat(silences).isEmpty();
        loop.advance(10_000);
        assertThat(silences).containsExactly("silent for 1000 ms");
        assertThat(loop.timersWaiting()).isZero();
    }

    @Test
    void endsWhenItIsStopped() {
        heartbeat.start();
        heartbeat.stop();
        loop.advance(10_000);
        assertThat(beats).isZero();
        assertThat(silences).isEmpty();
    }

    @Test
    void waitsLongerEachTimeAndNeverTheSame() {
        var backoff = new Backoff(2_000, new Random(1));
        long longest = 50;
        for (int attempt = 0; attempt < 20; attempt++) {
            assertThat(backoff.nextMillis()).isBetween(longest / 2, longest);
            longest = Math.min(2 * longest, 2_000);
        }
        backoff.reset();
        assertThat(backoff.nextMillis()).isBetween(25L, 50L);
        var other = new Backoff(2_000, new Random(2));
        var another = new Backoff(2_000, new Random(3));
        assertThat(List.of(other.nextMillis(), other.nextMillis(), other.nextMillis()))
                .isNotEqualTo(List.of(another.nextMillis(), another.nextMillis(), another.nextMillis()));
    }
}
