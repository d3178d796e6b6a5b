package dev.godwit.distribution.configuration;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Those who may connect, each with a password's hash and perhaps groups. */
final class UsersType implements ValueType<List<ConfiguredUser>> {
    private static final int NAME_LENGTH_MAX = 255;
    private static final int HASH_LENGTH_MAX = 1_024;
    private static final Pattern HASH =
            Pattern.compile("(pbkdf2-sha256|scram)\\$[1-9]\\d{0,8}\\$[A-Za-z0-9+/=]{8,}(\\$[A-Za-z0-9+/=]{16,}){1,4}");

    @Override
    public List<ConfiguredUser> read(@Nullable Object raw) throws InvalidValueException {
        var users = new ArrayList<ConfiguredUser>();
        for (Object item : FieldMap.list(raw)) {
            users.add(user(new FieldMap(item, Set.of("name"), Set.of("password", "groups"))));
        }
        if (users.stream().map(ConfiguredUser::name).distinct().count() != users.size()) {
            throw new InvalidValueException();
        }
        return List.copyOf(users);
    }

    private static ConfiguredUser user(FieldMap fields) throws InvalidValueException {
        var hash = fields.has("password") ? fields.text("password", HASH_LENGTH_MAX) : null;
        if (hash != null && !HASH.matcher(hash).matches()) {
            throw new InvalidValueException();
        }
        return new ConfiguredUser(
                fields.text("name", NAME_LENGTH_MAX),
                hash,
                new LinkedHashSet<>(fields.texts("groups", NAME_LENGTH_MAX)));
    }

    @Override
    public String expects() {
        return "a list of users with different names, each {name: NAME, password: HASH, groups: [NAME, …]},"
                + " groups and, for one who has a certificate or a token, password left out where there is none,"
                + " with a HASH printed by `godwit hash-password`";
    }

    @Override
    public String write(List<ConfiguredUser> value) {
        return value.stream()
                .map(user -> "{name: " + ValueTypes.quoted(user.name())
                        + (user.passwordHash() == null ? "" : ", password: " + ValueTypes.quoted(user.passwordHash()))
                        + FieldMap.write(", groups: ", user.groups()) + "}")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
