package dev.godwit.distribution.configuration;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.InvalidSettingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What holds for addresses, by pattern: a list of patterns, each with some of the {@link AddressSetting}s. */
final class PoliciesType implements ValueType<List<AddressPolicy>> {
    private static final String PATTERN = "pattern";
    private static final int PATTERN_LENGTH_MAX = 1_024;

    @Override
    public List<AddressPolicy> read(@Nullable Object raw) throws InvalidValueException {
        var policies = new ArrayList<AddressPolicy>();
        var patterns = new HashSet<String>();
        for (Object item : FieldMap.list(raw)) {
            if (!(item instanceof Map<?, ?> fields)) {
                throw new InvalidValueException();
            }
            var policy = policy(fields);
            if (!patterns.add(policy.pattern().toString())) {
                throw wrong(fields, PATTERN, "there are two entries for '" + policy.pattern() + "': make them one");
            }
            policies.add(policy);
        }
        return List.copyOf(policies);
    }

    private static AddressPolicy policy(Map<?, ?> fields) throws InvalidValueException {
        if (!fields.containsKey(PATTERN)) {
            throw wrong(fields, firstName(fields), "an entry needs a " + PATTERN + ", of the addresses that it is for");
        }
        String pattern = ValueTypes.text(PATTERN_LENGTH_MAX).read(fields.get(PATTERN));
        var settings = AddressSettings.NONE;
        for (var field : fields.entrySet()) {
            String name = String.valueOf(field.getKey());
            if (!name.equals(PATTERN)) {
                settings = with(settings, name, fields);
            }
        }
        if (settings.isEmpty()) {
            throw wrong(fields, PATTERN, "the entry for '" + pattern + "' sets nothing");
        }
        return new AddressPolicy(pattern, settings);
    }

    private static AddressSettings with(AddressSettings settings, String name, Map<?, ?> fields)
            throws InvalidValueException {
        AddressSetting<?> setting = AddressSetting.find(name);
        if (setting == null) {
            throw wrong(
                    fields,
                    name,
                    "unknown setting \"" + name + "\""
                            + NearestName.of(name, names())
                                    .map(nearest -> "; did you mean \"" + nearest + "\"?")
                                    .orElse("; there are " + String.join(", ", names())));
        }
        Object value = fields.get(name);
        try {
            return settings.parsed(setting, value == null ? "" : ValueTypes.scalar(value));
        } catch (InvalidSettingException invalid) {
            throw wrong(fields, name, String.valueOf(invalid.getMessage()));
        }
    }

    private static List<String> names() {
        return AddressSetting.all().stream().map(AddressSetting::name).toList();
    }

    private static String firstName(Map<?, ?> fields) {
        return fields.isEmpty() ? "" : String.valueOf(fields.keySet().iterator().next());
    }

    private static InvalidValueException wrong(Map<?, ?> fields, String field, String message) {
        return new InvalidValueException(
                message, fields instanceof YamlEntries.Fields located ? located.line(field) : 0);
    }

    @Override
    public String expects() {
        return "a list of {pattern: PATTERN, SETTING: VALUE, …}; * in a PATTERN stands for any characters, and the"
                + " SETTINGs stand below";
    }

    @Override
    public String write(List<AddressPolicy> value) {
        return value.stream()
                .map(policy -> "{pattern: " + ValueTypes.quoted(policy.pattern().toString())
                        + policy.settings().texts().entrySet().stream()
                                .map(each -> ", " + each.getKey() + ": " + ValueTypes.quoted(each.getValue()))
                                .collect(Collectors.joining())
                        + "}")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
