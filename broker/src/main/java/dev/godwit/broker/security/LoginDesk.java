package dev.godwit.broker.security;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks passwords on a thread of its own, since a good hash is slow. Any thread may ask. */
public final class LoginDesk implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LoginDesk.class);
    private static final int WAITING_MAX = 10_000;

    private final Users users;
    private final LoginDelays delays = new LoginDelays();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_MAX),
            task -> new Thread(task, "godwit-login"));

    public LoginDesk(Users users) {
        this.users = users;
    }

    public Users users() {
        return users;
    }

    /** Checks a password; {@code answer} is called on the desk's thread, at once when the desk is overrun. */
    public void check(String user, String password, String ipAddress, Answer answer) {
        decide(user, ipAddress, () -> users.check(user, password), answer);
    }

    /** Counts how a login ended that was checked elsewhere, and answers like {@link #check}. */
    public void settle(String user, boolean proven, String ipAddress, Answer answer) {
        decide(user, ipAddress, () -> proven, answer);
    }

    private void decide(String user, String ipAddress, BooleanSupplier check, Answer answer) {
        try {
            thread.execute(() -> {
                if (check.getAsBoolean()) {
                    delays.onSuccess(user, ipAddress);
                    answer.onAdmitted();
                } else {
                    answer.onRefused(delays.onFailure(user, ipAddress));
                }
            });
        } catch (RejectedExecutionException overrun) {
            log.warn("login of a user from {} refused: {} others wait", ipAddress, WAITING_MAX);
            answer.onRefused(0);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** How a check ended. Exactly one of the two is called, once. */
    public interface Answer {
        void onAdmitted();

        /**
         * No such user, or not the password.
         *
         * @param delayMillis how long to hold the answer back
         */
        void onRefused(long delayMillis);
    }
}
