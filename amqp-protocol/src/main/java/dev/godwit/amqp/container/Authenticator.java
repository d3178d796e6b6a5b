package dev.godwit.amqp.container;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says who may come in. Called on the connection's loop; may not block it. */
public interface Authenticator {
    /** The longest SASL frame of a peer, as the specification has it (AMQP 1.0 §5.3.1). */
    int SASL_FRAME_BYTES_MAX = 512;

    /** The SASL mechanisms that a peer is offered, best first. */
    List<String> mechanisms(Peer peer);

    /** Whether a peer that skips SASL altogether is let in, as {@link Identity#ANONYMOUS}. */
    boolean allowsNoSasl();

    /** The longest SASL frame that is taken; longer than the specification's where tokens are. */
    default int saslFrameBytesMax() {
        return SASL_FRAME_BYTES_MAX;
    }

    /** Begins to check a peer by the mechanism of its choice; null when that is not offered to it. */
    @Nullable
    Exchange begin(String mechanism, Peer peer);

    /**
     * What the network knows of a peer.
     *
     * @param remoteAddress host:port, for logs and for limits
     * @param encrypted nobody on the way can read what it says
     * @param certificate with which it has proved who it is, down from an authority that we trust; null when it has none
     */
    record Peer(
            String remoteAddress,
            boolean encrypted,
            @Nullable X509Certificate certificate) {}

    /** One peer's way through a mechanism. Owned by the connection's loop. */
    interface Exchange {
        /**
         * The peer's first response, or its answer to a challenge.
         *
         * @param response null when the peer sent none at first
         * @param reply hears what comes of it, on the calling loop, now or later
         */
        void onResponse(byte @Nullable [] response, Reply reply);
    }

    /** How a step of an exchange ended. Exactly one of these is called, once. */
    interface Reply {
        /** The peer must answer this. */
        void onChallenge(byte[] challenge);

        /**
         * The peer is who it says.
         *
         * @param additionalData the mechanism's last word to it, if there is one
         */
        void onAdmitted(Identity identity, byte @Nullable [] additionalData);

        /** The peer is not let in; it is not told why. */
        void onRefused();

        /** Who the peer is could not be found out just now, and that is not its fault: it may try again later. */
        void onUnavailable();
    }
}
