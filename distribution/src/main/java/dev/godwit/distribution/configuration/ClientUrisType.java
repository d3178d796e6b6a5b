package dev.godwit.distribution.configuration;

import dev.godwit.broker.cluster.ClientUri;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where clients reach a node: a list of {@code scheme://host:port}. */
record ClientUrisType() implements ValueType<List<String>> {
    private static final ValueType<List<String>> TEXTS = ValueTypes.texts("URIs", 255);

    @Override
    public List<String> read(@Nullable Object raw) throws InvalidValueException {
        List<String> texts = TEXTS.read(raw);
        try {
            texts.forEach(ClientUri::parse);
        } catch (IllegalArgumentException none) {
            throw new InvalidValueException();
        }
        return texts;
    }

    @Override
    public String expects() {
        return "a list of URIs, each scheme://host:port";
    }

    @Override
    public String write(List<String> value) {
        return TEXTS.write(value);
    }
}
