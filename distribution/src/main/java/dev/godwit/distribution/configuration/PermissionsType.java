package dev.godwit.distribution.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rules about who may do what, each of which either allows or denies. */
final class PermissionsType implements ValueType<List<ConfiguredPermission>> {
    private static final int NAME_LENGTH_MAX = 255;
    private static final int ADDRESS_LENGTH_MAX = 1_024;

    @Override
    public List<ConfiguredPermission> read(@Nullable Object raw) throws InvalidValueException {
        var permissions = new ArrayList<ConfiguredPermission>();
        for (Object item : FieldMap.list(raw)) {
            permissions.add(
                    permission(new FieldMap(item, Set.of("addresses"), Set.of("users", "groups", "allow", "deny"))));
        }
        return List.copyOf(permissions);
    }

    private static ConfiguredPermission permission(FieldMap fields) throws InvalidValueException {
        boolean allows = fields.has("allow");
        var actions = fields.texts(allows ? "allow" : "deny", NAME_LENGTH_MAX);
        var users = fields.texts("users", NAME_LENGTH_MAX);
        var groups = fields.texts("groups", NAME_LENGTH_MAX);
        var addresses = fields.texts("addresses", ADDRESS_LENGTH_MAX);
        boolean known = actions.stream()
                .allMatch(action ->
                        action.equals(ConfiguredPermission.ALL) || ConfiguredPermission.ACTIONS.contains(action));
        boolean whole = !actions.isEmpty() && !addresses.isEmpty() && !(users.isEmpty() && groups.isEmpty());
        if (allows == fields.has("deny") || !known || !whole) {
            throw new InvalidValueException();
        }
        return new ConfiguredPermission(users, groups, addresses, actions, allows);
    }

    @Override
    public String expects() {
        return "a list of rules, each {users: [NAME, …], groups: [NAME, …], addresses: [PATTERN, …], allow: [ACTION, …]}"
                + " or the same with deny for allow; * in a name or pattern stands for any characters, an ACTION is one"
                + " of " + String.join(", ", ConfiguredPermission.ACTIONS) + " or " + ConfiguredPermission.ALL
                + ", and users or groups may be left out";
    }

    @Override
    public String write(List<ConfiguredPermission> value) {
        return value.stream()
                .map(rule -> "{addresses: " + ValueTypes.list(rule.addresses())
                        + FieldMap.write(", users: ", rule.users())
                        + FieldMap.write(", groups: ", rule.groups())
                        + FieldMap.write(rule.allows() ? ", allow: " : ", deny: ", rule.actions()) + "}")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
