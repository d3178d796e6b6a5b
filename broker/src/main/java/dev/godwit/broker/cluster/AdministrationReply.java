package dev.godwit.broker.cluster;

/**
 * How an administrator's wish ended. Exactly one of the two is called, once, on the loop that asked.
 *
 * @param <T> what says how it is with what the wish was about
 */
public interface AdministrationReply<T> {
    /** How it is now; as it was before, when it was deleted. */
    void onDone(T described);

    /**
     * It was not done.
     *
     * @param description for whoever asked: what was wrong and what to do
     */
    void onRefused(Refusal refusal, String description);

    /** What a caller can tell apart. */
    enum Refusal {
        NOT_FOUND,
        ALREADY_THERE,
        /** It cannot be, now or later. */
        INVALID,
        /** Not now; later it may. */
        UNAVAILABLE
    }
}
