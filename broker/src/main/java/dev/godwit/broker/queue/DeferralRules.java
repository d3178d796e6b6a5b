package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import java.util.HashMap;
import java.util.Map;

/** What a consumer says that lays a message aside. Owned by the queue's loop; lives as long as the queue. */
final class DeferralRules {
    private static final Symbol DEFERRED = Symbol.of("x-opt-deferred");

    private Deferral how = Deferral.OFF;

    /** What holds from now on. Messages that were laid aside stay so. */
    void apply(AddressSettings settings) {
        how = settings.get(AddressSetting.DEFERRAL);
    }

    /** True when consumers are to know the numbers of messages. */
    boolean isOn() {
        return how != Deferral.OFF;
    }

    /** True when the message is to be laid aside, or to stay so. */
    boolean isMeant(QueueEntry entry, boolean undeliverableHere, Map<Symbol, Object> annotations) {
        var said = annotations.get(DEFERRED);
        if (said instanceof Boolean deferred && (isOn() || entry.isDeferred())) {
            return deferred;
        }
        return entry.isDeferred() || (undeliverableHere && how == Deferral.UNDELIVERABLE_HERE);
    }

    /** What a message is given that is laid aside, or is so no longer. */
    static Map<Symbol, Object> marked(Map<Symbol, Object> annotations, boolean deferred) {
        var all = new HashMap<>(annotations);
        all.put(DEFERRED, deferred);
        return all;
    }
}
