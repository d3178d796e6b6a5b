package dev.godwit.broker.admin;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.InvalidSettingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The settings of addresses as attributes of entities: {@code retry-delay} is {@code retryDelay} here. */
final class SettingAttributes {
    private static final Map<String, AddressSetting<?>> BY_NAME = byName();

    private SettingAttributes() {}

    private static Map<String, AddressSetting<?>> byName() {
        var names = new LinkedHashMap<String, AddressSetting<?>>();
        AddressSetting.all().forEach(each -> names.put(nameOf(each), each));
        return names;
    }

    private static String nameOf(AddressSetting<?> setting) {
        if (setting == AddressSetting.DELIVERY_ATTEMPTS_MAX) {
            // What brokers call it that are managed in this way.
            return "maximumDeliveryAttempts";
        }
        var name = new StringBuilder();
        for (var word : setting.name().split("-", -1)) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }

    static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    static boolean isKnown(String attribute) {
        return BY_NAME.containsKey(attribute);
    }

    /** Of some settings only those that a request names. */
    static AddressSettings named(Map<?, ?> attributes, AddressSettings settings) {
        var named = settings;
        for (var setting : BY_NAME.entrySet()) {
            if (!attributes.containsKey(setting.getKey())) {
                named = named.without(setting.getValue());
            }
        }
        return named;
    }

    /** Those that are set. */
    static void describe(AddressSettings settings, Map<String, Object> values) {
        BY_NAME.forEach((name, setting) -> {
            var value = settings.find(setting);
            if (value != null) {
                values.put(name, shown(setting, value));
            }
        });
    }

    private static Object shown(AddressSetting<?> setting, Object value) {
        if (setting == AddressSetting.DELIVERY_ATTEMPTS_MAX) {
            return ((Long) value).intValue();
        }
        return value instanceof Enum<?> ? String.valueOf(texts(setting, value)) : value;
    }

    @SuppressWarnings("unchecked") // the value is one of the setting's
    private static <T> String texts(AddressSetting<T> setting, Object value) {
        return setting.type().write((T) value);
    }

    /**
     * Takes one attribute in.
     *
     * @param value a text, a number, a boolean; null for what holds where this says nothing
     * @throws IllegalArgumentException when it cannot be set, or not to this, with a sentence for whoever asked
     */
    static AddressSettings set(AddressSettings before, String attribute, @Nullable Object value) {
        var setting = BY_NAME.get(attribute);
        boolean scalar = value instanceof String || value instanceof Number || value instanceof Boolean;
        if (setting == null || (value != null && !scalar)) {
            throw new IllegalArgumentException("the attribute " + Quotation.of(attribute) + " cannot be set to "
                    + Quotation.of(value) + "; " + all() + " can");
        }
        if (value == null) {
            return before.without(setting);
        }
        try {
            return before.parsed(setting, String.valueOf(value));
        } catch (InvalidSettingException invalid) {
            throw new IllegalArgumentException(String.valueOf(invalid.getMessage()));
        }
    }

    private static String all() {
        return BY_NAME.values().stream()
                .map(each -> nameOf(each) + " (" + each.type().expects() + ")")
                .collect(Collectors.joining(", "));
    }
}
