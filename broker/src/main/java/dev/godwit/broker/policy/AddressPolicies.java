package dev.godwit.broker.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

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

    /** Of addresses that have some: settings of their own that producers must know. */
    private final ConcurrentHashMap<String, AddressSettings> ownOfProducers = new ConcurrentHashMap<>();

    private final AtomicInteger generation = new AtomicInteger();

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
        generation.incrementAndGet();
    }

    /** An address has settings of its own, or others than before, or is no more. Any thread. */
    public void storeOwn(String address, AddressSettings own) {
        var forProducers = own.onlyForProducers();
        var before =
                forProducers.isEmpty() ? ownOfProducers.remove(address) : ownOfProducers.put(address, forProducers);
        if (!forProducers.equals(before == null ? AddressSettings.NONE : before)) {
            generation.incrementAndGet();
        }
    }

    /** Changes when policies do, or an address' own settings of those that producers must know. Any thread. */
    public int generation() {
        return generation.get();
    }

    /** Those of the settings of an address that producers must know, its own included. Any thread. */
    public AddressSettings ofProducersTo(String address) {
        return ownOfProducers.getOrDefault(address, AddressSettings.NONE).over(of(address));
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
