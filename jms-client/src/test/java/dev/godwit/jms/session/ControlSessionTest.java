package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The session in which a connection's branches are begun and decided, when the broker ends it. */
final class ControlSessionTest {
    private final FakeBroker broker = new FakeBroker();

    /** Two threads may have asked in it, and both hear that it has ended: one before, one after a third has gone on in the next. */
    @Test
    void isOpenedAnewOnceForAllWhoFindItEnded() throws Exception {
        try (XaConnection connection = new Opening(broker, FakeBroker.settings(0)).connectXa()) {
            var first = connection.control();
            assertThat(connection.control()).isSameAs(first);
            connection.onControlEnded(first);
            var second = connection.control();
            assertThat(second).isNotSameAs(first);
            connection.onControlEnded(first);
            assertThat(connection.control()).isSameAs(second);
            assertThat(broker.log.stream().filter("global session"::equals)).hasSize(2);
        }
    }
}
