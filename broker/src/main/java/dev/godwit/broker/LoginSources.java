package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.security.BearerTokens;
import dev.godwit.broker.security.CertificateUser;
import dev.godwit.broker.security.LoginDesk;
import dev.godwit.broker.security.Logins;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.Users;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes of the configuration what users are told from others by. Stateless. */
final class LoginSources {
    private LoginSources() {}

    static Logins open(BrokerConfiguration.Security security) throws BrokerStartException {
        var users = users(security);
        var tokens = tokens(security);
        return new Logins(
                users.isEmpty() && tokens == null ? null : new LoginDesk(users),
                tokens,
                new CertificateUser(security.certificateAttribute()),
                security.users().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, user -> user.getValue()
                        .groups())));
    }

    private static Users users(BrokerConfiguration.Security security) throws BrokerStartException {
        var hashes = new HashMap<String, PasswordHash>();
        for (var user : security.users().entrySet()) {
            var text = user.getValue().passwordHash();
            if (text == null) {
                continue;
            }
            var hash = PasswordHash.parse(text);
            if (hash.isEmpty()) {
                throw new BrokerStartException(
                        Kind.CONFIGURATION,
                        "the password hash of user '" + user.getKey() + "' is none: make it with godwit hash-password");
            }
            hashes.put(user.getKey(), hash.get());
        }
        return new Users(hashes);
    }

    private static @Nullable BearerTokens tokens(BrokerConfiguration.Security security) throws BrokerStartException {
        var settings = security.tokens();
        if (settings == null) {
            return null;
        }
        try {
            return new BearerTokens(settings);
        } catch (IllegalArgumentException unusable) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION, "the keys for tokens cannot be used: " + unusable.getMessage(), unusable);
        }
    }
}
