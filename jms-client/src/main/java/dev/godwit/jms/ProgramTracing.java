package dev.godwit.jms;

import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.tracing.ClientTracing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The OpenTelemetry of the whole program, which may not be there. Stateless. */
final class ProgramTracing {
    private ProgramTracing() {}

    /**
     * Who traces as the program has it set.
     *
     * @param observers that there are already: who traces by one of them is not to trace twice
     * @return null when OpenTelemetry is not on the class path, or too old, or the program has not set it
     */
    static @Nullable ClientObserver besides(List<ClientObserver> observers) {
        try {
            return observers.stream().anyMatch(ClientTracing.class::isInstance) ? null : ClientTracing.ofProgram();
        } catch (LinkageError absent) {
            return null;
        }
    }
}
