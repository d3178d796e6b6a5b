package dev.godwit.distribution.configuration;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names of SASL mechanisms. */
final class MechanismsType implements ValueType<List<String>> {
    private static final int NAME_LENGTH_MAX = 20;
    static final List<String> MECHANISMS =
            List.of("EXTERNAL", "SCRAM-SHA-512", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "PLAIN", "ANONYMOUS");

    @Override
    public List<String> read(@Nullable Object raw) throws InvalidValueException {
        var names = ValueTypes.texts("names", NAME_LENGTH_MAX).read(raw);
        if (!MECHANISMS.containsAll(names)) {
            throw new InvalidValueException();
        }
        return names;
    }

    @Override
    public String expects() {
        return "a list of SASL mechanisms, of " + String.join(", ", MECHANISMS);
    }

    @Override
    public String write(List<String> value) {
        return ValueTypes.list(value);
    }
}
