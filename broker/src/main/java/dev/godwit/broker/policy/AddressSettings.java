package dev.godwit.broker.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Some of the {@link AddressSetting}s, with their values. Immutable. */
public final class AddressSettings {
    private static final Logger log = LoggerFactory.getLogger(AddressSettings.class);

    public static final AddressSettings NONE = new AddressSettings(Map.of());

    private final Map<AddressSetting<?>, Object> values;

    private AddressSettings(Map<AddressSetting<?>, Object> values) {
        this.values = Map.copyOf(values);
    }

    /** What holds: the value set here, or what holds where nobody says anything. */
    public <T> T get(AddressSetting<T> setting) {
        T value = find(setting);
        return value == null ? setting.fallback() : value;
    }

    /** The value set here; null when nothing is. */
    @SuppressWarnings("unchecked") // with() and parse() put nothing else there
    public <T> @Nullable T find(AddressSetting<T> setting) {
        return (T) values.get(setting);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** The same with one more, or another one. */
    public <T> AddressSettings with(AddressSetting<T> setting, T value) {
        var changed = new HashMap<>(values);
        changed.put(setting, value);
        return new AddressSettings(changed);
    }

    /** Those alone that whoever takes messages in must know before they reach the queue. */
    AddressSettings onlyForProducers() {
        var some = new HashMap<AddressSetting<?>, Object>();
        for (var setting : AddressSetting.OF_PRODUCERS) {
            var value = values.get(setting);
            if (value != null) {
                some.put(setting, value);
            }
        }
        return some.isEmpty() ? NONE : new AddressSettings(some);
    }

    /** The same with one less. */
    public AddressSettings without(AddressSetting<?> setting) {
        var changed = new HashMap<>(values);
        changed.remove(setting);
        return new AddressSettings(changed);
    }

    /**
     * The same with one more, as somebody wrote it.
     *
     * @throws InvalidSettingException with a sentence for whoever wrote it
     */
    public <T> AddressSettings parsed(AddressSetting<T> setting, String text) throws InvalidSettingException {
        try {
            return with(setting, setting.type().parse(text.strip()));
        } catch (InvalidSettingException invalid) {
            throw new InvalidSettingException(setting.name() + " " + invalid.getMessage());
        }
    }

    /** Both; where both say something, this does. */
    public AddressSettings over(AddressSettings below) {
        if (below.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return below;
        }
        var both = new HashMap<>(below.values);
        both.putAll(values);
        return new AddressSettings(both);
    }

    /** Reads what {@link #texts} wrote. What is not known any more is left out, and logged. */
    public static AddressSettings of(Map<String, String> texts) {
        var settings = NONE;
        for (var text : texts.entrySet()) {
            var setting = AddressSetting.find(text.getKey());
            if (setting != null) {
                try {
                    settings = settings.parsed(setting, text.getValue());
                } catch (InvalidSettingException outdated) {
                    log.warn("A stored setting has no effect: {}", outdated.getMessage());
                }
            }
        }
        return settings;
    }

    /** By name, in its order: as a definition keeps them. */
    public Map<String, String> texts() {
        var texts = new TreeMap<String, String>();
        values.keySet().forEach(setting -> texts.put(setting.name(), text(setting)));
        return texts;
    }

    private <T> String text(AddressSetting<T> setting) {
        return setting.type().write(get(setting));
    }

    /** As a definition keeps them, in place of those that it had; whatever else stands there stays. */
    public Map<String, String> over(Map<String, String> before) {
        var settings = new HashMap<>(before);
        AddressSetting.all().forEach(each -> settings.remove(each.name()));
        settings.putAll(texts());
        return settings;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AddressSettings settings && settings.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** On one line, for people. */
    @Override
    public String toString() {
        return texts().entrySet().stream()
                .map(each -> each.getKey() + ": " + each.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
