package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import java.util.List;

/**
 * How one queue treats priorities. Immutable.
 *
 * @param maxWaitMillis with {@link PriorityMode#AGED}: after so long it is a message's turn, whatever its priority
 * @param weights with {@link PriorityMode#WEIGHTED}: the shares of priorities 0 to 9
 */
record PriorityRules(PriorityMode mode, long maxWaitMillis, List<Long> weights) {
    /** Levels of priority; what is above the highest counts as the highest. */
    static final int LEVELS = 10;

    /** Where nobody says anything. */
    static final PriorityRules DEFAULT = of(AddressSettings.NONE);

    static PriorityRules of(AddressSettings settings) {
        return new PriorityRules(
                settings.get(AddressSetting.PRIORITY_MODE),
                settings.get(AddressSetting.PRIORITY_MAX_WAIT),
                settings.get(AddressSetting.PRIORITY_WEIGHTS));
    }

    /** True when messages go in the order in which they came, whatever their priority. */
    boolean isByArrival() {
        return mode == PriorityMode.NONE;
    }

    long weight(int priority) {
        return weights.get(priority);
    }
}
