package dev.godwit.broker.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * All policies of a broker: those of its configuration, and those that were stored while it ran. Each setting of an address
 * is that of the most specific policy that has it: a name before any pattern, then the pattern that fixes more characters;
 * of equals the stored one, of those the one that came later.
 *
 * <p>The control loop changes them, any loop reads: the order of precedence is published as a whole.
 */
public final class AddressPolicies {
    private static final Comparator<AddressPolicy> LEAST_SPECIFIC_FIRST = Comparator.comparing(
                    (AddressPolicy policy) -> policy.pattern().isName())
            .thenComparing(policy -> policy.pattern().fixedCharacters());

    private final AddressSettings base;
    private final List<AddressPolicy> configured;

    /** In the order in which they are asked; the last one that says something is right. */
    private volatile List<AddressPolicy> inOrder;

    /**
     * @param base what holds for all addresses that no policy matches
     * @param configured those that the configuration names
     */
    public AddressPolicies(AddressSettings base, List<AddressPolicy> configured) {
        this.base = base;
        this.configured = List.copyOf(configured);
        this.inOrder = ordered(List.of());
    }

    private List<AddressPolicy> ordered(List<AddressPolicy> stored) {
        var all = new ArrayList<>(configured);
        all.addAll(stored);
        all.sort(LEAST_SPECIFIC_FIRST);
        return List.copyOf(all);
    }

    /** Control loop: these, in place of those that were stored before. */
    public void store(List<AddressPolicy> stored) {
        inOrder = ordered(stored);
    }

    /** What the configuration says of this very pattern, among others. Any thread. */
    public List<AddressPolicy> configured() {
        return configured;
    }

    /** What holds at an address. Takes time in proportion to the number of policies. Any thread. */
    public AddressSettings of(String address) {
        var settings = base;
        for (var policy : inOrder) {
            if (policy.pattern().matches(address)) {
                settings = policy.settings().over(settings);
            }
        }
        return settings;
    }
}
