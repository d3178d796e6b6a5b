package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.Identity;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.security.LoginDesk;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, by SASL. With no users configured everybody may, under whatever name; the broker listens on loopback
 * only then. With users configured only they may, by PLAIN. Owned by one event loop.
 */
public final class SaslAuthenticator implements Authenticator {
    private static final String PLAIN = "PLAIN";

    private final EventLoop owner;
    private final @Nullable LoginDesk desk;
    private final Map<String, Set<String>> groups;

    /**
     * @param desk null when no users are configured
     * @param groups the groups of each user
     */
    public SaslAuthenticator(EventLoop owner, @Nullable LoginDesk desk, Map<String, Set<String>> groups) {
        this.owner = owner;
        this.desk = desk;
        this.groups = Map.copyOf(groups);
    }

    @Override
    public List<String> mechanisms() {
        return desk == null ? List.of(PLAIN, Identity.ANONYMOUS.mechanism()) : List.of(PLAIN);
    }

    @Override
    public boolean allowsNoSasl() {
        return desk == null;
    }

    @Override
    public void authenticate(Credentials credentials, String remoteAddress, Consumer<@Nullable Identity> answer) {
        if (credentials instanceof Credentials.Plain plain) {
            authenticate(plain, remoteAddress, answer);
        } else {
            answer.accept(desk == null ? Identity.ANONYMOUS : null);
        }
    }

    private void authenticate(Credentials.Plain plain, String remoteAddress, Consumer<@Nullable Identity> answer) {
        var identity = new Identity(PLAIN, plain.user(), groups.getOrDefault(plain.user(), Set.of()));
        if (!plain.authorizationId().isEmpty() && !plain.authorizationId().equals(plain.user())) {
            // Nobody may act for somebody else.
            answer.accept(null);
        } else if (desk == null) {
            answer.accept(identity);
        } else {
            desk.check(plain.user(), plain.password(), ipAddress(remoteAddress), new LoginDesk.Answer() {
                @Override
                public void onAdmitted() {
                    owner.execute(() -> answer.accept(identity));
                }

                @Override
                public void onRefused(long delayMillis) {
                    owner.execute(() -> refuse(delayMillis, answer));
                }
            });
        }
    }

    private void refuse(long delayMillis, Consumer<@Nullable Identity> answer) {
        if (delayMillis == 0) {
            answer.accept(null);
        } else {
            owner.schedule(delayMillis, () -> answer.accept(null));
        }
    }

    private static String ipAddress(String remoteAddress) {
        int port = remoteAddress.lastIndexOf(':');
        return port < 0 ? remoteAddress : remoteAddress.substring(0, port);
    }
}
