package dev.godwit.jms;

import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.tracing.ClientTracing;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The OpenTelemetry of the whole program, which may not be there, or too old. For any thread. */
final class ProgramTracing {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramTracing.class);

    /** Not a reference to the method, which would be looked for at once. */
    @SuppressWarnings("UnnecessaryLambda")
    static final ProgramTracing INSTANCE = new ProgramTracing(() -> ClientTracing.ofProgram());

    /** Whether the log was told that it is too old: each factory finds that out. */
    private final AtomicBoolean told = new AtomicBoolean();

    private final Supplier<@Nullable ClientObserver> program;

    /** @param program who traces as the program has it set; null when it has not. Throws what is thrown where classes are missing */
    ProgramTracing(Supplier<@Nullable ClientObserver> program) {
        this.program = program;
    }

    /**
     * Who traces as the program has it set.
     *
     * @param observers that there are already: who traces by one of them is not to trace twice
     * @return null when OpenTelemetry is not on the class path, or too old, or the program has not set it
     */
    @Nullable
    ClientObserver besides(List<ClientObserver> observers) {
        try {
            return observers.stream().anyMatch(ClientTracing.class::isInstance) ? null : program.get();
        } catch (IncompatibleClassChangeError old) {
            if (told.compareAndSet(false, true)) {
                LOG.info("Messages are not traced: OpenTelemetry's API is older than 1.57 ({})", old.getMessage());
            }
            return null;
        } catch (LinkageError absent) {
            return null;
        }
    }
}
