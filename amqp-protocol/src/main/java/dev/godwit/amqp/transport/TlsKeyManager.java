package dev.godwit.amqp.transport;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Chooses a server's key by the name that the client asked for (SNI, RFC 6066 §3) and the kinds of key it can check. */
final class TlsKeyManager extends X509ExtendedKeyManager {
    private final List<TlsIdentity> identities;

    TlsKeyManager(List<TlsIdentity> identities) {
        this.identities = List.copyOf(identities);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        var host = engine == null ? null : requestedHost(engine);
        var named = host == null ? List.<Integer>of() : aliases(host);
        // A name that none of ours is for: the first key, as without a name.
        var candidates =
                named.isEmpty() ? IntStream.range(0, identities.size()).boxed().toList() : named;
        return candidates.stream()
                .filter(index -> identities.get(index).key().getAlgorithm().equals(keyType))
                .findFirst()
                .map(String::valueOf)
                .orElse(null);
    }

    private List<Integer> aliases(String host) {
        return IntStream.range(0, identities.size())
                .filter(index -> identities.get(index).isFor(host))
                .boxed()
                .toList();
    }

    private static @Nullable String requestedHost(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (var name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    private @Nullable TlsIdentity identity(String alias) {
        int index = Integer.parseInt(alias);
        return index < identities.size() ? identities.get(index) : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        var identity = identity(alias);
        return identity == null ? null : identity.chain();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        var identity = identity(alias);
        return identity == null ? null : identity.key();
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return IntStream.range(0, identities.size())
                .filter(index -> identities.get(index).key().getAlgorithm().equals(keyType))
                .mapToObj(String::valueOf)
                .toArray(String[]::new);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
