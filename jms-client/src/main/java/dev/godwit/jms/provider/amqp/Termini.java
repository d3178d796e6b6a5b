package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.LifetimePolicy;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TerminusDurability;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ReceiverRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sources and targets of a JMS client, as other JMS clients write them and brokers expect them. Stateless. */
final class Termini {
    static final Symbol SELECTOR = Symbol.of("jms-selector");
    static final Symbol NO_LOCAL = Symbol.of("no-local");

    private static final UnsignedLong SELECTOR_DESCRIPTOR = new UnsignedLong(0x0000_468C_0000_0004L);
    private static final UnsignedLong NO_LOCAL_DESCRIPTOR = new UnsignedLong(0x0000_468C_0000_0003L);

    /** What becomes of a message that a consumer took and never settled: somebody may have begun to work on it. */
    private static final Outcome DEFAULT_OUTCOME = new Outcome.Modified(true, false, Map.of());

    private static final List<Symbol> OUTCOMES = List.of(
            Outcome.Accepted.DESCRIPTOR,
            Outcome.Rejected.DESCRIPTOR,
            Outcome.Released.DESCRIPTOR,
            Outcome.Modified.DESCRIPTOR);

    private Termini() {}

    static Source senderSource(String linkName) {
        return Source.at(linkName).withOutcomes(null, OUTCOMES);
    }

    static Target senderTarget(@Nullable Address address, AddressMapping addresses) {
        return address == null
                ? Target.at(null)
                : Target.at(addresses.toWire(address)).withCapabilities(List.of(capability(address.kind())));
    }

    static Source receiverSource(ReceiverRequest request, AddressMapping addresses) {
        boolean outlives = request.durable();
        return new Source(
                addresses.toWire(request.source()),
                outlives ? TerminusDurability.UNSETTLED_STATE : TerminusDurability.NONE,
                outlives ? ExpiryPolicy.NEVER : ExpiryPolicy.LINK_DETACH,
                0,
                false,
                null,
                outlives || request.browsing() ? DistributionMode.COPY : null,
                filters(request),
                DEFAULT_OUTCOME,
                OUTCOMES,
                capabilities(request));
    }

    private static Map<Symbol, Object> filters(ReceiverRequest request) {
        Map<Symbol, Object> filters = new LinkedHashMap<>();
        String selector = request.selector();
        if (selector != null) {
            filters.put(SELECTOR, new DescribedValue(SELECTOR_DESCRIPTOR, selector));
        }
        if (request.noLocal()) {
            filters.put(NO_LOCAL, new DescribedValue(NO_LOCAL_DESCRIPTOR, "NoLocalFilter{}"));
        }
        return filters;
    }

    private static List<Symbol> capabilities(ReceiverRequest request) {
        List<Symbol> capabilities = new ArrayList<>();
        capabilities.add(capability(request.source().kind()));
        if (request.shared()) {
            capabilities.add(Capability.SHARED);
            if (!request.clientIdGiven()) {
                capabilities.add(Capability.GLOBAL);
            }
        }
        return capabilities;
    }

    /** A node that the broker makes and names, and that goes with the link. */
    static Target temporaryTarget(Address.Kind kind) {
        return new Target(
                null,
                TerminusDurability.NONE,
                ExpiryPolicy.LINK_DETACH,
                0,
                true,
                LifetimePolicy.DELETE_ON_CLOSE,
                List.of(capability(kind)));
    }

    private static Symbol capability(Address.Kind kind) {
        return switch (kind) {
            case QUEUE -> Capability.QUEUE;
            case TOPIC -> Capability.TOPIC;
            case TEMPORARY_QUEUE -> Capability.TEMPORARY_QUEUE;
            case TEMPORARY_TOPIC -> Capability.TEMPORARY_TOPIC;
        };
    }
}
