package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.LifetimePolicy;
import dev.godwit.amqp.type.LinkTarget;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TerminusDurability;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.DeleteOnClose;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoLinks;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoLinksOrMessages;
import org.apache.qpid.proton.amqp.messaging.DeleteOnNoMessages;
import org.apache.qpid.proton.amqp.messaging.Terminus;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** Sources, targets and coordinators, between the engine's classes and ours (AMQP 1.0 §3.5, §4.5.1). Owns nothing. */
final class ProtonTermini {
    private static final Symbol LIFETIME_POLICY = Symbol.valueOf("lifetime-policy");
    private static final Symbol COPY = Symbol.valueOf("copy");
    private static final Symbol MOVE = Symbol.valueOf("move");

    private ProtonTermini() {}

    static org.apache.qpid.proton.amqp.messaging.@Nullable Source toEngine(@Nullable Source source) {
        if (source == null) {
            return null;
        }
        var engineSource = new org.apache.qpid.proton.amqp.messaging.Source();
        fill(
                engineSource,
                source.address(),
                source.durability(),
                source.expiryPolicy(),
                source.timeoutSeconds(),
                source.dynamic(),
                source.lifetimePolicy());
        DistributionMode mode = source.distributionMode();
        if (mode != null) {
            engineSource.setDistributionMode(mode == DistributionMode.COPY ? COPY : MOVE);
        }
        engineSource.setFilter(ProtonValues.toEngineMap(source.filters()));
        Outcome defaultOutcome = source.defaultOutcome();
        if (defaultOutcome != null) {
            engineSource.setDefaultOutcome(ProtonStates.toEngine(defaultOutcome));
        }
        engineSource.setOutcomes(ProtonValues.toEngineArray(source.outcomes()));
        engineSource.setCapabilities(ProtonValues.toEngineArray(source.capabilities()));
        return engineSource;
    }

    static @Nullable Source fromEngine(org.apache.qpid.proton.amqp.transport.@Nullable Source engineSource) {
        if (!(engineSource instanceof org.apache.qpid.proton.amqp.messaging.Source source)) {
            return null;
        }
        return new Source(
                source.getAddress(),
                durability(source),
                expiryPolicy(source),
                timeout(source),
                source.getDynamic(),
                lifetimePolicy(source.getDynamicNodeProperties()),
                distributionMode(source.getDistributionMode()),
                ProtonValues.fromEngineMap(source.getFilter()),
                ProtonStates.fromEngine(source.getDefaultOutcome()),
                ProtonValues.fromEngineArray(source.getOutcomes()),
                ProtonValues.fromEngineArray(source.getCapabilities()));
    }

    static org.apache.qpid.proton.amqp.transport.@Nullable Target toEngine(@Nullable LinkTarget linkTarget) {
        if (linkTarget instanceof Coordinator coordinator) {
            var engineCoordinator = new org.apache.qpid.proton.amqp.transaction.Coordinator();
            engineCoordinator.setCapabilities(ProtonValues.toEngineArray(coordinator.capabilities()));
            return engineCoordinator;
        }
        if (linkTarget instanceof Target target) {
            var engineTarget = new org.apache.qpid.proton.amqp.messaging.Target();
            fill(
                    engineTarget,
                    target.address(),
                    target.durability(),
                    target.expiryPolicy(),
                    target.timeoutSeconds(),
                    target.dynamic(),
                    target.lifetimePolicy());
            engineTarget.setCapabilities(ProtonValues.toEngineArray(target.capabilities()));
            return engineTarget;
        }
        return null;
    }

    static @Nullable LinkTarget fromEngine(org.apache.qpid.proton.amqp.transport.@Nullable Target engineTarget) {
        if (engineTarget instanceof org.apache.qpid.proton.amqp.transaction.Coordinator coordinator) {
            return new Coordinator(ProtonValues.fromEngineArray(coordinator.getCapabilities()));
        }
        if (engineTarget instanceof org.apache.qpid.proton.amqp.messaging.Target target) {
            return new Target(
                    target.getAddress(),
                    durability(target),
                    expiryPolicy(target),
                    timeout(target),
                    target.getDynamic(),
                    lifetimePolicy(target.getDynamicNodeProperties()),
                    ProtonValues.fromEngineArray(target.getCapabilities()));
        }
        return null;
    }

    private static void fill(
            Terminus terminus,
            @Nullable String address,
            TerminusDurability durability,
            ExpiryPolicy expiryPolicy,
            long timeoutSeconds,
            boolean dynamic,
            @Nullable LifetimePolicy lifetimePolicy) {
        terminus.setAddress(address);
        terminus.setDurable(
                switch (durability) {
                    case NONE -> org.apache.qpid.proton.amqp.messaging.TerminusDurability.NONE;
                    case CONFIGURATION -> org.apache.qpid.proton.amqp.messaging.TerminusDurability.CONFIGURATION;
                    case UNSETTLED_STATE -> org.apache.qpid.proton.amqp.messaging.TerminusDurability.UNSETTLED_STATE;
                });
        terminus.setExpiryPolicy(
                switch (expiryPolicy) {
                    case LINK_DETACH -> TerminusExpiryPolicy.LINK_DETACH;
                    case SESSION_END -> TerminusExpiryPolicy.SESSION_END;
                    case CONNECTION_CLOSE -> TerminusExpiryPolicy.CONNECTION_CLOSE;
                    case NEVER -> TerminusExpiryPolicy.NEVER;
                });
        terminus.setTimeout(UnsignedInteger.valueOf(timeoutSeconds));
        terminus.setDynamic(dynamic);
        if (lifetimePolicy != null) {
            Map<Symbol, Object> properties = new LinkedHashMap<>();
            properties.put(
                    LIFETIME_POLICY,
                    switch (lifetimePolicy) {
                        case DELETE_ON_CLOSE -> DeleteOnClose.getInstance();
                        case DELETE_ON_NO_LINKS -> DeleteOnNoLinks.getInstance();
                        case DELETE_ON_NO_MESSAGES -> DeleteOnNoMessages.getInstance();
                        case DELETE_ON_NO_LINKS_OR_MESSAGES -> DeleteOnNoLinksOrMessages.getInstance();
                    });
            terminus.setDynamicNodeProperties(properties);
        }
    }

    private static TerminusDurability durability(Terminus terminus) {
        var durable = terminus.getDurable();
        return durable == null
                ? TerminusDurability.NONE
                : switch (durable) {
                    case NONE -> TerminusDurability.NONE;
                    case CONFIGURATION -> TerminusDurability.CONFIGURATION;
                    case UNSETTLED_STATE -> TerminusDurability.UNSETTLED_STATE;
                };
    }

    private static ExpiryPolicy expiryPolicy(Terminus terminus) {
        var policy = terminus.getExpiryPolicy();
        return policy == null
                ? ExpiryPolicy.SESSION_END
                : switch (policy) {
                    case LINK_DETACH -> ExpiryPolicy.LINK_DETACH;
                    case SESSION_END -> ExpiryPolicy.SESSION_END;
                    case CONNECTION_CLOSE -> ExpiryPolicy.CONNECTION_CLOSE;
                    case NEVER -> ExpiryPolicy.NEVER;
                };
    }

    private static long timeout(Terminus terminus) {
        return terminus.getTimeout() == null ? 0 : terminus.getTimeout().longValue();
    }

    private static @Nullable DistributionMode distributionMode(@Nullable Symbol mode) {
        if (mode == null) {
            return null;
        }
        return mode.equals(COPY) ? DistributionMode.COPY : DistributionMode.MOVE;
    }

    private static @Nullable LifetimePolicy lifetimePolicy(@Nullable Map<?, ?> properties) {
        Object policy = properties == null ? null : properties.get(LIFETIME_POLICY);
        if (policy instanceof DeleteOnClose) {
            return LifetimePolicy.DELETE_ON_CLOSE;
        }
        if (policy instanceof DeleteOnNoLinks) {
            return LifetimePolicy.DELETE_ON_NO_LINKS;
        }
        if (policy instanceof DeleteOnNoMessages) {
            return LifetimePolicy.DELETE_ON_NO_MESSAGES;
        }
        if (policy instanceof DeleteOnNoLinksOrMessages) {
            return LifetimePolicy.DELETE_ON_NO_LINKS_OR_MESSAGES;
        }
        return null;
    }
}
