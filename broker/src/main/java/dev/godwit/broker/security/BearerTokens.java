package dev.godwit.broker.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks tokens (JWT, RFC 7519) that somebody else has signed, on a thread of its own: the signer's keys may have to be
 * fetched. Any thread may ask.
 */
public final class BearerTokens implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BearerTokens.class);
    private static final int WAITING_MAX = 1_000;
    private static final long CLOSE_SECONDS_MAX = 1;
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private final TokenSettings settings;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_MAX),
            task -> new Thread(task, "godwit-tokens"));

    /** Who a token was given to. */
    public record Holder(String user, Set<String> groups) {
        public Holder {
            groups = Set.copyOf(groups);
        }
    }

    /** @throws IllegalArgumentException when the keys are neither a file with a JWK set nor a web address, or no issuer or
     *     audience is demanded */
    public BearerTokens(TokenSettings settings) {
        if (settings.issuer().isEmpty() || settings.audience().isEmpty()) {
            throw new IllegalArgumentException("an issuer and an audience must be demanded of tokens");
        }
        this.settings = settings;
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, source(settings.keys())));
        var claims = new DefaultJWTClaimsVerifier<SecurityContext>(
                settings.audience(),
                new JWTClaimsSet.Builder().issuer(settings.issuer()).build(),
                Set.of(settings.userClaim(), "exp"));
        claims.setMaxClockSkew(settings.clockSkewSeconds());
        processor.setJWTClaimsSetVerifier(claims);
    }

    private static JWKSource<SecurityContext> source(String keys) {
        if (keys.startsWith("http://") || keys.startsWith("https://")) {
            try {
                return JWKSourceBuilder.<SecurityContext>create(URI.create(keys).toURL())
                        .retrying(true)
                        .build();
            } catch (MalformedURLException noAddress) {
                throw new IllegalArgumentException("not a web address: " + keys, noAddress);
            }
        }
        var file = new KeyFile(Path.of(keys));
        file.load();
        return JWKSourceBuilder.create(file).build();
    }

    public TokenSettings settings() {
        return settings;
    }

    /** Checks a token; {@code answer} is called once, on the thread of the tokens, at once when it is overrun. */
    public void check(String token, Answer answer) {
        try {
            thread.execute(() -> answer(token, answer));
        } catch (RejectedExecutionException overrun) {
            log.warn("a login by token was refused: {} others wait", WAITING_MAX);
            answer.onUnavailable();
        }
    }

    private void answer(String token, Answer answer) {
        Holder holder;
        try {
            holder = holder(token);
        } catch (JOSEException unusable) {
            log.warn("a token could not be checked, with keys from {}: {}", settings.keys(), unusable.getMessage());
            answer.onUnavailable();
            return;
        }
        answer.onChecked(holder);
    }

    private @Nullable Holder holder(String token) throws JOSEException {
        if (token.length() > settings.bytesMax()) {
            return null;
        }
        try {
            var claims = processor.process(token, null);
            var user = claims.getStringClaim(settings.userClaim());
            return user == null || user.isEmpty() ? null : new Holder(user, groups(claims));
        } catch (ParseException | BadJOSEException refused) {
            log.info("a token was refused: {}", refused.getMessage());
            return null;
        }
    }

    private Set<String> groups(JWTClaimsSet claims) throws ParseException {
        if (settings.groupsClaim().isEmpty()) {
            return Set.of();
        }
        var value = claims.getClaim(settings.groupsClaim());
        if (value instanceof String text) {
            return Set.of(text);
        }
        List<String> list = value == null ? null : claims.getStringListClaim(settings.groupsClaim());
        return list == null ? Set.of() : new HashSet<>(list);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                log.info("keys for tokens are still being fetched");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Exactly one of the two is called, once. */
    public interface Answer {
        /**
         * The token has been looked at.
         *
         * @param holder null when it is not to be believed
         */
        void onChecked(@Nullable Holder holder);

        /** It could not be looked at: the keys are out of reach, or too many others wait. */
        void onUnavailable();
    }

    /** Keys in a file, read again when they are some minutes old or a token names one that is not there. */
    private record KeyFile(Path file) implements JWKSetSource<SecurityContext> {
        JWKSet load() {
            try {
                return JWKSet.parse(Files.readString(file));
            } catch (IOException unreadable) {
                throw new IllegalArgumentException(file + " cannot be read: " + unreadable, unreadable);
            } catch (ParseException malformed) {
                throw new IllegalArgumentException(
                        file + " holds no JWK set (RFC 7517): " + malformed.getMessage(), malformed);
            }
        }

        @Override
        public JWKSet getJWKSet(
                JWKSetCacheRefreshEvaluator refresh, long currentTime, @Nullable SecurityContext nothing)
                throws JWKSetUnavailableException {
            try {
                return load();
            } catch (IllegalArgumentException unusable) {
                throw new JWKSetUnavailableException(unusable.getMessage(), unusable);
            }
        }

        @Override
        public void close() {
            // The file is open only while it is read.
        }
    }
}
