package dev.godwit.broker.security;

/** What one user may do. Immutable; any thread. Not for every message: whoever asks keeps the answer. */
public interface Permissions {
    /** Those of somebody who may do everything. */
    Permissions ALL = (action, address) -> true;

    boolean may(Action action, String address);
}
