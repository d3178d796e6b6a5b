package dev.godwit.amqp.container;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Says who may come in. Called on the connection's loop; may not block it. */
public interface Authenticator {
    /** The SASL mechanisms offered, best first; at least one. */
    List<String> mechanisms();

    /** Whether a peer that skips SASL altogether is let in, as {@link Identity#ANONYMOUS}. */
    boolean allowsNoSasl();

    /**
     * Checks a peer's credentials.
     *
     * @param remoteAddress host:port, for logs and for limits
     * @param answer called once, on the calling loop, with who it is, or null to refuse
     */
    void authenticate(Credentials credentials, String remoteAddress, Consumer<@Nullable Identity> answer);

    /** What the peer offered. */
    sealed interface Credentials {
        /** RFC 4505. */
        record Anonymous() implements Credentials {}

        /** RFC 4616. {@code authorizationId} is empty when the peer wants to act as itself. */
        record Plain(String authorizationId, String user, String password) implements Credentials {}
    }
}
