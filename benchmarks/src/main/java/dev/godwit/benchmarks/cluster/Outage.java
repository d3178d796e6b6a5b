package dev.godwit.benchmarks.cluster;

/**
 * What happened to a cluster, and when clients were served again. Times are milliseconds since 1970. Immutable.
 *
 * @param what in one word
 * @param began when the active node was killed, or the last process of those that were killed was started again
 * @param jvmUp when the virtual machine of that process was up; 0 where none was started
 * @param confirmed when the next message was confirmed
 * @param received when a consumer had a message of the backlog
 */
record Outage(String what, long began, long jvmUp, long confirmed, long received) {
    /** The words of a line, in this order. */
    static Outage parse(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 5) {
            throw new IllegalArgumentException("not an outage: " + line);
        }
        return new Outage(
                words[0],
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }

    boolean isRestart() {
        return jvmUp > 0;
    }

    long confirmedMillis() {
        return confirmed - began;
    }

    long receivedMillis() {
        return received - began;
    }

    long confirmedSinceJvmMillis() {
        return confirmed - jvmUp;
    }

    long receivedSinceJvmMillis() {
        return received - jvmUp;
    }

    /** The longer of both. */
    long millis() {
        return Math.max(confirmedMillis(), receivedMillis());
    }
}
