package dev.godwit.amqp.type;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of a link come from (AMQP 1.0 §3.5.3).
 *
 * @param address null for a dynamic source that has no address yet
 * @param timeoutSeconds how long the terminus outlives its expiry event
 * @param filters what selects messages, each under a name of the peer's choice; values are mostly {@link DescribedValue}
 * @param lifetimePolicy of a dynamic node, from its dynamic-node-properties
 */
public record Source(
        @Nullable String address,
        TerminusDurability durability,
        ExpiryPolicy expiryPolicy,
        long timeoutSeconds,
        boolean dynamic,
        @Nullable LifetimePolicy lifetimePolicy,
        @Nullable DistributionMode distributionMode,
        Map<Symbol, Object> filters,
        @Nullable Outcome defaultOutcome,
        List<Symbol> outcomes,
        List<Symbol> capabilities) {

    /** A plain source at an address, with every default of the specification. */
    public static Source at(@Nullable String address) {
        return new Source(
                address,
                TerminusDurability.NONE,
                ExpiryPolicy.SESSION_END,
                0,
                false,
                null,
                null,
                Map.of(),
                null,
                List.of(),
                List.of());
    }

    public Source withAddress(String newAddress) {
        return new Source(
                newAddress,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                lifetimePolicy,
                distributionMode,
                filters,
                defaultOutcome,
                outcomes,
                capabilities);
    }

    /** The same in a terminus that is kept for so long, and not over a restart. */
    public Source withRetention(ExpiryPolicy newExpiryPolicy, long newTimeoutSeconds) {
        return new Source(
                address,
                TerminusDurability.NONE,
                newExpiryPolicy,
                newTimeoutSeconds,
                dynamic,
                lifetimePolicy,
                distributionMode,
                filters,
                defaultOutcome,
                outcomes,
                capabilities);
    }

    public Source withLifetimePolicy(@Nullable LifetimePolicy newLifetimePolicy) {
        return new Source(
                address,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                newLifetimePolicy,
                distributionMode,
                filters,
                defaultOutcome,
                outcomes,
                capabilities);
    }

    public Source withFilters(Map<Symbol, Object> newFilters) {
        return new Source(
                address,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                lifetimePolicy,
                distributionMode,
                newFilters,
                defaultOutcome,
                outcomes,
                capabilities);
    }

    public Source withOutcomes(@Nullable Outcome newDefaultOutcome, List<Symbol> newOutcomes) {
        return new Source(
                address,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                lifetimePolicy,
                distributionMode,
                filters,
                newDefaultOutcome,
                newOutcomes,
                capabilities);
    }

    public Source withDistributionMode(@Nullable DistributionMode newDistributionMode) {
        return new Source(
                address,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                lifetimePolicy,
                newDistributionMode,
                filters,
                defaultOutcome,
                outcomes,
                capabilities);
    }

    public Source withCapabilities(List<Symbol> newCapabilities) {
        return new Source(
                address,
                durability,
                expiryPolicy,
                timeoutSeconds,
                dynamic,
                lifetimePolicy,
                distributionMode,
                filters,
                defaultOutcome,
                outcomes,
                newCapabilities);
    }
}
