package dev.godwit.distribution.perf;

import org.jspecify.annotations.Nullable;

/**
 * A measured stretch of a run: differences between its end and its beginning. Immutable.
 *
 * @param serverCpuMicros null when the broker's process is not known
 */
record LoadPhase(
        String name,
        double seconds,
        long sent,
        long confirmed,
        long received,
        @Nullable Long serverCpuMicros,
        long clientCpuMicros) {

    /** This stretch and an earlier one, if there was any, as one. */
    LoadPhase plusAny(@Nullable LoadPhase other) {
        if (other == null) {
            return this;
        }
        return new LoadPhase(
                name,
                seconds + other.seconds,
                sent + other.sent,
                confirmed + other.confirmed,
                received + other.received,
                serverCpuMicros == null || other.serverCpuMicros == null
                        ? null
                        : Long.valueOf(serverCpuMicros + other.serverCpuMicros),
                clientCpuMicros + other.clientCpuMicros);
    }

    double confirmedPerSecond() {
        return confirmed / seconds;
    }

    double receivedPerSecond() {
        return received / seconds;
    }

    /**
     * Messages that went through: in and out are one. Where a phase has one half only, or every consumer gets all, the
     * larger of both counts.
     */
    double messages() {
        boolean throughput = Math.min(confirmed, received) * 2 > Math.max(confirmed, received);
        return throughput ? (confirmed + received) / 2.0 : Math.max(confirmed, received);
    }

    @Nullable
    Double serverCpuMicrosPerMessage() {
        return serverCpuMicros == null || messages() == 0 ? null : serverCpuMicros / messages();
    }

    double clientCpuMicrosPerMessage() {
        return messages() == 0 ? 0 : clientCpuMicros / messages();
    }
}
