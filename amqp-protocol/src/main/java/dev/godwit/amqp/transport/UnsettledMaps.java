package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.jspecify.annotations.Nullable;

/**
 * Unsettled maps, between attach frames and ours (AMQP 1.0 §2.6.13). The engine carries neither what came nor what is to
 * be sent. Owns nothing.
 */
final class UnsettledMaps {
    private static final int TAG_BYTES_MAX = 32;

    private UnsettledMaps() {}

    /** What is wrong with the map of a peer's attach; null when nothing is. */
    static @Nullable String faultOf(Attach attach) {
        Map<?, ?> unsettled = attach.getUnsettled();
        if (unsettled == null) {
            return null;
        }
        for (Map.Entry<?, ?> entry : unsettled.entrySet()) {
            if (!(entry.getKey() instanceof org.apache.qpid.proton.amqp.Binary tag)) {
                return "a key of the unsettled map is no delivery-tag";
            }
            if (tag.getLength() > TAG_BYTES_MAX) {
                return "a delivery-tag in the unsettled map is longer than " + TAG_BYTES_MAX + " bytes";
            }
            if (entry.getValue() != null && !(entry.getValue() instanceof DeliveryState)) {
                return "a value of the unsettled map is no delivery-state";
            }
        }
        return null;
    }

    /** The map of a peer's attach; of one with a fault what can be read. */
    static @Nullable UnsettledMap fromEngine(Attach attach) {
        Map<?, ?> unsettled = attach.getUnsettled();
        boolean incomplete = attach.getIncompleteUnsettled();
        if (unsettled == null && !incomplete) {
            return null;
        }
        Map<Binary, dev.godwit.amqp.type.@Nullable DeliveryState> states = new LinkedHashMap<>();
        if (unsettled != null) {
            unsettled.forEach((key, value) -> {
                if (key instanceof org.apache.qpid.proton.amqp.Binary tag) {
                    states.put(
                            Binary.viewOf(tag.asByteBuffer()),
                            value instanceof DeliveryState state ? ProtonStates.fromEngine(state) : null);
                }
            });
        }
        return new UnsettledMap(states, incomplete);
    }

    static void fill(Attach attach, UnsettledMap map) {
        Map<org.apache.qpid.proton.amqp.Binary, @Nullable DeliveryState> unsettled = new LinkedHashMap<>();
        map.states()
                .forEach((tag, state) -> unsettled.put(
                        new org.apache.qpid.proton.amqp.Binary(tag.toByteArray()),
                        state == null ? null : ProtonStates.toEngine(state)));
        attach.setUnsettled(unsettled);
        attach.setIncompleteUnsettled(map.incomplete());
    }

    /** Leaves out half of the map, since all of it does not fit a frame of the peer. */
    static void halve(Attach attach) {
        Map<Object, @Nullable Object> half = new LinkedHashMap<>();
        int left = attach.getUnsettled().size() / 2;
        for (Object entry : attach.getUnsettled().entrySet()) {
            if (half.size() == left) {
                break;
            }
            half.put(((Map.Entry<?, ?>) entry).getKey(), ((Map.Entry<?, ?>) entry).getValue());
        }
        attach.setUnsettled(half);
        attach.setIncompleteUnsettled(true);
    }
}
