package dev.godwit.broker.security;

import java.util.List;

/**
 * How peers of one listener may prove who they are. Immutable.
 *
 * @param mechanisms the SASL mechanisms that may be offered; empty for all that can work, save ANONYMOUS where users are
 *     known
 * @param passwordsInTheClear offer mechanisms that send a password or a token as it is also where others may read it
 * @param open nobody needs to prove anything: no users are known
 */
public record LoginPolicy(List<String> mechanisms, boolean passwordsInTheClear, boolean open) {
    /** Everybody is let in, by any name. */
    public static final LoginPolicy OPEN = new LoginPolicy(List.of(), true, true);

    /** Users prove who they are; passwords as they are only over TLS, or within this machine. */
    public static final LoginPolicy GUARDED = new LoginPolicy(List.of(), false, false);

    public LoginPolicy {
        mechanisms = List.copyOf(mechanisms);
    }
}
