package dev.godwit.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths mean a queue, and which what is scheduled in one. */
class HttpOperationsTest {
    @ParameterizedTest
    @CsvSource({
        "/queues/orders/scheduled, /queues/orders",
        "/queues/orders/scheduled/12, /queues/orders",
        "/queues/orders/scheduled?count=3&after=1.2, /queues/orders",
        "/queues/a%2Fb/scheduled, /queues/a%2Fb",
        "/queues/scheduled/scheduled, /queues/scheduled",
    })
    void whatIsScheduledInAQueueIsBehindItsName(String path, String queue) {
        assertThat(path.substring(0, HttpOperations.scheduledAt(path))).isEqualTo(queue);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/queues/orders",
                "/queues/scheduled",
                "/queues/orders/scheduled-jobs",
                "/queues/orders/scheduledjobs/messages",
                "/queues/daily/orders/scheduled",
                "/queues/daily/scheduled-jobs/scheduled",
                "/queues/orders%2Fscheduled",
                "/queues/orders/messages",
            })
    void allElseIsAQueueItself(String path) {
        assertThat(HttpOperations.scheduledAt(path)).isEqualTo(-1);
    }
}
