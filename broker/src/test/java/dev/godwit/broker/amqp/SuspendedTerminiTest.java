package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SuspendedTerminiTest {
    private static final ResumableLinks.Key KEY = new ResumableLinks.Key("ann", "container", "link", false);

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualEventLoop otherLoop = new ManualEventLoop();
    private final ResumableLinks links =
            new ResumableLinks(new KeptRoom(3, 2), new KeptRoom(0, 0), new KeptRoom(10, 10));
    private final SuspendedTermini ofSession = new SuspendedTermini(loop);
    private final SuspendedTermini ofConnection = new SuspendedTermini(loop);

    private ProducerTerminus suspended(ExpiryPolicy policy) {
        var terminus = new ProducerTerminus(links, KEY, "orders", new TerminusExpiry(policy, 1), loop);
        loop.run(() -> {
            terminus.attach(() -> {});
            terminus.onDetached(ofSession, ofConnection);
        });
        assertThat(policy == ExpiryPolicy.SESSION_END ? ofSession.size() : ofConnection.size())
                .isEqualTo(1);
        return terminus;
    }

    private List<@Nullable ResumableTerminus> claim(ManualEventLoop claimant) {
        var claimed = new ArrayList<@Nullable ResumableTerminus>();
        claimant.run(() -> links.claim(KEY, claimant, claimed::add));
        loop.runTasks();
        claimant.runTasks();
        return claimed;
    }

    private void assertNothingWaits() {
        assertThat(ofSession.size() + ofConnection.size()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = ExpiryPolicy.class,
            names = {"SESSION_END", "CONNECTION_CLOSE"})
    void forgetsWhatIsOver(ExpiryPolicy policy) {
        var terminus = suspended(policy);
        loop.run(terminus::end);
        assertNothingWaits();
    }

    @ParameterizedTest
    @EnumSource(
            value = ExpiryPolicy.class,
            names = {"SESSION_END", "CONNECTION_CLOSE"})
    void forgetsWhatALinkOnAnyLoopHasClaimed(ExpiryPolicy policy) {
        for (var claimant : List.of(loop, otherLoop)) {
            var terminus = suspended(policy);
            assertThat(claim(claimant)).containsExactly(terminus);
            assertNothingWaits();
            claimant.run(terminus::end);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ExpiryPolicy.class,
            names = {"SESSION_END", "CONNECTION_CLOSE"})
    void letsTheTimeOfThoseThatWaitRunFromTheEvent(ExpiryPolicy policy) {
        var terminus = suspended(policy);
        loop.advance(5_000);
        assertThat(terminus.isOver()).isFalse();
        loop.run(() -> {
            ofSession.onOver();
            ofConnection.onOver();
        });
        assertNothingWaits();
        loop.advance(999);
        assertThat(terminus.isOver()).isFalse();
        loop.advance(1);
        assertThat(terminus.isOver()).isTrue();
    }
}
