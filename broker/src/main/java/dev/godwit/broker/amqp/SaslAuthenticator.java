package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.PlainResponse;
import dev.godwit.amqp.sasl.ScramHash;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.security.BearerMessage;
import dev.godwit.broker.security.BearerTokens;
import dev.godwit.broker.security.LoginDesk;
import dev.godwit.broker.security.LoginPolicy;
import dev.godwit.broker.security.Logins;
import dev.godwit.broker.security.ScramExchange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in at one listener, by SASL. With no users known everybody may, under whatever name; the broker listens on
 * loopback only then. Otherwise a peer is offered what the listener allows, what can work with the users that there are,
 * and what gives no secret away to others on the network. Owned by one event loop.
 */
public final class SaslAuthenticator implements Authenticator {
    private static final String EXTERNAL = "EXTERNAL";
    private static final String OAUTHBEARER = "OAUTHBEARER";
    private static final String XOAUTH2 = "XOAUTH2";
    private static final String PLAIN = "PLAIN";
    private static final String ANONYMOUS = Identity.ANONYMOUS.mechanism();
    private static final String SCRAM_SHA_512 = ScramHash.SHA_512.mechanism();
    private static final String SCRAM_SHA_256 = ScramHash.SHA_256.mechanism();

    /** All that are known here, best first. */
    public static final List<String> MECHANISMS =
            List.of(EXTERNAL, SCRAM_SHA_512, SCRAM_SHA_256, OAUTHBEARER, XOAUTH2, PLAIN, ANONYMOUS);

    /** Around a token in its frame. */
    private static final int BEARER_OVERHEAD_BYTES = 1_024;

    private static final byte[] TOKEN_REFUSED = "{\"status\":\"invalid_token\"}".getBytes(StandardCharsets.US_ASCII);

    private final EventLoop owner;
    private final LoginPolicy policy;
    private final Logins logins;

    public SaslAuthenticator(EventLoop owner, LoginPolicy policy, Logins logins) {
        this.owner = owner;
        this.policy = policy;
        this.logins = logins;
    }

    @Override
    public List<String> mechanisms(Peer peer) {
        return MECHANISMS.stream().filter(each -> isOffered(each, peer)).toList();
    }

    private boolean isOffered(String mechanism, Peer peer) {
        boolean listed = policy.mechanisms().contains(mechanism);
        if (!listed && !policy.mechanisms().isEmpty()) {
            return false;
        }
        if (mechanism.equals(ANONYMOUS)) {
            return listed || policy.open();
        }
        return switch (mechanism) {
            case EXTERNAL -> peer.certificate() != null;
            case PLAIN -> isPrivate(peer) && (policy.open() || logins.desk() != null);
            case OAUTHBEARER, XOAUTH2 -> isPrivate(peer) && logins.tokens() != null;
            default -> logins.hasScramKeys() && scramHash(mechanism) != null;
        };
    }

    private boolean isPrivate(Peer peer) {
        return peer.encrypted() || policy.passwordsInTheClear() || isLoopback(ipAddress(peer));
    }

    private static boolean isLoopback(String ipAddress) {
        return ipAddress.startsWith("127.") || ipAddress.equals("::1") || ipAddress.equals("0:0:0:0:0:0:0:1");
    }

    private static @Nullable ScramHash scramHash(String mechanism) {
        return Stream.of(ScramHash.values())
                .filter(hash -> hash.mechanism().equals(mechanism))
                .findFirst()
                .orElse(null);
    }

    @Override
    public boolean allowsNoSasl() {
        return policy.mechanisms().isEmpty()
                ? policy.open()
                : policy.mechanisms().contains(ANONYMOUS);
    }

    @Override
    public int saslFrameBytesMax() {
        var tokens = logins.tokens();
        boolean takesTokens = tokens != null
                && (policy.mechanisms().isEmpty()
                        || policy.mechanisms().contains(OAUTHBEARER)
                        || policy.mechanisms().contains(XOAUTH2));
        return tokens != null && takesTokens
                ? tokens.settings().bytesMax() + BEARER_OVERHEAD_BYTES
                : SASL_FRAME_BYTES_MAX;
    }

    @Override
    public @Nullable Exchange begin(String mechanism, Peer peer) {
        if (!MECHANISMS.contains(mechanism) || !isOffered(mechanism, peer)) {
            return null;
        }
        return switch (mechanism) {
            case EXTERNAL -> (response, reply) -> external(response, peer, reply);
            case PLAIN -> (response, reply) -> plain(PlainResponse.parse(response), peer, reply);
            case OAUTHBEARER -> new BearerExchange(false, peer);
            case XOAUTH2 -> new BearerExchange(true, peer);
            case "ANONYMOUS" -> (response, reply) -> reply.onAdmitted(Identity.ANONYMOUS, null);
            default -> new Scram(mechanism, Objects.requireNonNull(scramHash(mechanism)), peer);
        };
    }

    private void external(byte @Nullable [] response, Peer peer, Reply reply) {
        var user = logins.certificateUser().of(Objects.requireNonNull(peer.certificate()));
        var wish = response == null ? "" : new String(response, StandardCharsets.UTF_8);
        if (user == null || !(wish.isEmpty() || wish.equals(user))) {
            reply.onRefused();
        } else {
            reply.onAdmitted(identity(EXTERNAL, user, Set.of()), null);
        }
    }

    private Identity identity(String mechanism, String user, Set<String> groups) {
        return new Identity(mechanism, user, logins.groups(user, groups));
    }

    private void plain(@Nullable PlainResponse plain, Peer peer, Reply reply) {
        var desk = logins.desk();
        if (plain == null
                || !(plain.authorizationId().isEmpty()
                        || plain.authorizationId().equals(plain.user()))) {
            // Nobody may act for somebody else.
            reply.onRefused();
        } else if (desk == null) {
            reply.onAdmitted(identity(PLAIN, plain.user(), Set.of()), null);
        } else {
            desk.check(
                    plain.user(),
                    plain.password(),
                    ipAddress(peer),
                    new Verdict(identity(PLAIN, plain.user(), Set.of()), null, reply));
        }
    }

    private static String ipAddress(Peer peer) {
        int port = peer.remoteAddress().lastIndexOf(':');
        return port < 0 ? peer.remoteAddress() : peer.remoteAddress().substring(0, port);
    }

    /** Brings the login thread's answer back to the loop. */
    private final class Verdict implements LoginDesk.Answer {
        private final Identity identity;
        private final byte @Nullable [] lastWord;
        private final Reply reply;

        Verdict(Identity identity, byte @Nullable [] lastWord, Reply reply) {
            this.identity = identity;
            this.lastWord = lastWord;
            this.reply = reply;
        }

        @Override
        public void onAdmitted() {
            owner.execute(() -> reply.onAdmitted(identity, lastWord));
        }

        @Override
        public void onRefused(long delayMillis) {
            owner.execute(() -> {
                if (delayMillis == 0) {
                    reply.onRefused();
                } else {
                    owner.schedule(delayMillis, reply::onRefused);
                }
            });
        }
    }

    /** SCRAM is cheap for us: only how it ended goes to the login thread, which counts failures. */
    private final class Scram implements Exchange {
        private final String mechanism;
        private final ScramExchange scram;
        private final Peer peer;
        private final LoginDesk desk;
        private boolean begun;

        Scram(String mechanism, ScramHash hash, Peer peer) {
            this.mechanism = mechanism;
            this.peer = peer;
            desk = Objects.requireNonNull(logins.desk());
            scram = new ScramExchange(hash, desk.users());
        }

        @Override
        public void onResponse(byte @Nullable [] response, Reply reply) {
            if (response == null && !begun) {
                // A client that waits to be asked for its first message (RFC 4422 §3).
                begun = true;
                reply.onChallenge(new byte[0]);
                return;
            }
            begun = true;
            var answer = response == null ? null : scram.onMessage(response);
            if (answer != null && !scram.isAdmitted()) {
                reply.onChallenge(answer);
            } else {
                desk.settle(
                        scram.user(),
                        scram.isAdmitted(),
                        ipAddress(peer),
                        new Verdict(identity(mechanism, scram.user(), Set.of()), answer, reply));
            }
        }
    }

    /** A client with a token; a refused one of OAUTHBEARER is told so and must answer before it ends (RFC 7628 §3.2.3). */
    private final class BearerExchange implements Exchange {
        private final boolean xoauth2;
        private final Peer peer;
        private boolean refused;

        BearerExchange(boolean xoauth2, Peer peer) {
            this.xoauth2 = xoauth2;
            this.peer = peer;
        }

        @Override
        public void onResponse(byte @Nullable [] response, Reply reply) {
            if (refused) {
                reply.onRefused();
                return;
            }
            var message = BearerMessage.parse(xoauth2, response);
            if (message == null) {
                reply.onRefused();
                return;
            }
            Objects.requireNonNull(logins.tokens()).check(message.token(), new BearerTokens.Answer() {
                @Override
                public void onChecked(BearerTokens.@Nullable Holder holder) {
                    judge(message, holder, reply);
                }

                @Override
                public void onUnavailable() {
                    owner.execute(reply::onUnavailable);
                }
            });
        }

        private void judge(BearerMessage message, BearerTokens.@Nullable Holder holder, Reply reply) {
            boolean admitted = holder != null
                    && (message.user().isEmpty() || message.user().equals(holder.user()));
            var identity = admitted && holder != null
                    ? identity(xoauth2 ? XOAUTH2 : OAUTHBEARER, holder.user(), holder.groups())
                    : Identity.ANONYMOUS;
            var desk = logins.desk();
            if (desk == null) {
                owner.execute(() -> decide(admitted, identity, reply));
            } else {
                // A token that is not believed has no user: its failures are counted by address.
                desk.settle("token from " + ipAddress(peer), admitted, ipAddress(peer), verdict(identity, reply));
            }
        }

        private LoginDesk.Answer verdict(Identity identity, Reply reply) {
            return new LoginDesk.Answer() {
                @Override
                public void onAdmitted() {
                    owner.execute(() -> decide(true, identity, reply));
                }

                @Override
                public void onRefused(long delayMillis) {
                    owner.execute(() -> owner.schedule(delayMillis, () -> decide(false, identity, reply)));
                }
            };
        }

        private void decide(boolean admitted, Identity identity, Reply reply) {
            if (admitted) {
                reply.onAdmitted(identity, null);
            } else if (xoauth2) {
                reply.onRefused();
            } else {
                refused = true;
                reply.onChallenge(TOKEN_REFUSED);
            }
        }
    }
}
