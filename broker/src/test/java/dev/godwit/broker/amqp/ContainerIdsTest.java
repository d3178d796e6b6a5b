package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContainerIdsTest {
    private final ContainerIds ids = new ContainerIds();
    private final Object first = new Object();
    private final Object second = new Object();

    @Test
    void belongToWhoClaimedThemUntilReleased() {
        assertThat(ids.claim("client", first)).isTrue();
        assertThat(ids.claim("client", second)).isFalse();
        ids.release("client", second);
        assertThat(ids.claim("client", second)).isFalse();
        ids.release("client", first);
        assertThat(ids.claim("client", second)).isTrue();
    }
}
