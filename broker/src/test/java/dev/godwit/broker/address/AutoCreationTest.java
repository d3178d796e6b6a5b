package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AutoCreationTest {
    @Test
    void exceptionsHoldTheOtherWayRound() {
        var on = new AutoCreation(true, List.of("system.*", "exact"));
        assertThat(on.allows("orders")).isTrue();
        assertThat(on.allows("system.audit")).isFalse();
        assertThat(on.allows("exact")).isFalse();
        assertThat(on.allows("exactly")).isTrue();

        var off = new AutoCreation(false, List.of("*.reply"));
        assertThat(off.allows("a.reply")).isTrue();
        assertThat(off.allows("a.reply.b")).isFalse();
    }

    @Test
    void takesEverythingButTheStarLiterally() {
        var on = new AutoCreation(true, List.of("a.b(*"));
        assertThat(on.allows("a.b(c")).isFalse();
        assertThat(on.allows("axb(c")).isTrue();
    }
}
