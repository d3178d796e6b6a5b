package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.tracing.ClientTracing;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The program's OpenTelemetry is taken where it is there, and missing it is said where somebody may wonder. */
final class ProgramTracingTest {
    private static final ClientObserver PROGRAMS = new ClientObserver() {};

    private final Logger logger = (Logger) LoggerFactory.getLogger(ProgramTracing.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(log);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    @Test
    void tracesAsTheProgramDoesUnlessAnObserverTraces() {
        var tracing = new ProgramTracing(() -> PROGRAMS);
        assertThat(tracing.besides(List.of())).isSameAs(PROGRAMS);
        assertThat(tracing.besides(List.of(new ClientObserver() {}))).isSameAs(PROGRAMS);
        assertThat(tracing.besides(List.of(new ClientTracing(OpenTelemetry.noop()))))
                .isNull();
    }

    @Test
    void saysOnceThatTheApiIsTooOld() {
        var tracing = new ProgramTracing(() -> {
            throw new NoSuchMethodError("GlobalOpenTelemetry.isSet()");
        });
        assertThat(tracing.besides(List.of())).isNull();
        assertThat(tracing.besides(List.of())).isNull();
        assertThat(log.list).singleElement().satisfies(said -> {
            assertThat(said.getLevel()).isEqualTo(Level.INFO);
            assertThat(said.getFormattedMessage()).contains("older than 1.57", "GlobalOpenTelemetry.isSet()");
        });
    }

    @Test
    void saysNothingWhereTheApiIsNotThere() {
        var tracing = new ProgramTracing(() -> {
            throw new NoClassDefFoundError("io/opentelemetry/api/GlobalOpenTelemetry");
        });
        assertThat(tracing.besides(List.of())).isNull();
        assertThat(log.list).isEmpty();
    }
}
