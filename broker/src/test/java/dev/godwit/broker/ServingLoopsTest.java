package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.runtime.vertx.VertxLoops;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServingLoopsTest {
    @Test
    void failsWhatWasAskedWhenTheTermEnds() {
        var loops = new VertxLoops(1);
        try {
            var term = ServingLoops.forATerm(loops);
            var answered = term.unlessEnded(CompletableFuture.supplyAsync(() -> "well", term.loop(0)));
            assertThat(answered.join()).isEqualTo("well");
            var unanswered = term.unlessEnded(new CompletableFuture<String>());
            term.end();
            var late = term.unlessEnded(CompletableFuture.supplyAsync(() -> "never", term.loop(0)));
            for (var each : List.of(unanswered, late)) {
                assertThatThrownBy(each::join)
                        .isInstanceOf(CompletionException.class)
                        .hasMessageContaining("serves no more");
            }
        } finally {
            loops.close();
        }
    }
}
