package dev.godwit.broker.security;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long an answer is held back after failed logins, by user and by IP address: 0.2 s after the second failure, twice
 * that after each further one, up to 5 s. A success clears the user's count. Owned by the login thread.
 */
final class LoginDelays {
    private static final long FIRST_DELAY_MILLIS = 200;
    private static final long DELAY_MILLIS_MAX = 5_000;
    private static final int FREE_FAILURES = 1;
    private static final int KEYS_MAX = 10_000;
    private static final int SHIFT_MAX = 20;

    private final Map<String, Integer> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > KEYS_MAX;
        }
    };

    /** Counts a failure and says how long to hold its answer back, in milliseconds. */
    long onFailure(String user, String ipAddress) {
        int byUser = failures.merge("user " + user, 1, Integer::sum);
        int byAddress = failures.merge("ip " + ipAddress, 1, Integer::sum);
        int doublings = Math.max(byUser, byAddress) - FREE_FAILURES - 1;
        if (doublings < 0) {
            return 0;
        }
        return Math.min(DELAY_MILLIS_MAX, FIRST_DELAY_MILLIS << Math.min(doublings, SHIFT_MAX));
    }

    void onSuccess(String user, String ipAddress) {
        failures.remove("user " + user);
        failures.remove("ip " + ipAddress);
    }
}
