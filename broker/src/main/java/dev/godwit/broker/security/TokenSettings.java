package dev.godwit.broker.security;

/**
 * What is demanded of a token (JWT, RFC 7519). Immutable.
 *
 * @param keys the signer's keys, a JWK set (RFC 7517): a file, or an http or https address
 * @param issuer what {@code iss} must say
 * @param audience what must be among {@code aud}
 * @param clockSkewSeconds how much our clock and the issuer's may differ
 * @param userClaim the claim that holds the user's name
 * @param groupsClaim the claim that holds a list of its groups, if there is one
 * @param bytesMax the longest token that is looked at
 */
public record TokenSettings(
        String keys,
        String issuer,
        String audience,
        int clockSkewSeconds,
        String userClaim,
        String groupsClaim,
        int bytesMax) {}
