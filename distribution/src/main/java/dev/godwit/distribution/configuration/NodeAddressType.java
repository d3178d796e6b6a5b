package dev.godwit.distribution.configuration;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a node listens for others: {@code host:port}. */
record NodeAddressType(boolean mayBeEmpty) implements ValueType<String> {
    private static final int LENGTH_MAX = 270;

    static ValueType<String> optional() {
        return new NodeAddressType(true);
    }

    static ValueType<List<String>> list() {
        return new ListOfAddresses(new NodeAddressType(false));
    }

    @Override
    public String read(@Nullable Object raw) throws InvalidValueException {
        String text = raw == null && mayBeEmpty ? "" : ValueTypes.scalar(raw);
        if (text.isEmpty() && mayBeEmpty) {
            return text;
        }
        try {
            if (text.length() > LENGTH_MAX || NodeAddress.parse(text).port() == 0) {
                throw new InvalidValueException();
            }
            return text;
        } catch (IllegalArgumentException none) {
            throw new InvalidValueException();
        }
    }

    @Override
    public String expects() {
        return mayBeEmpty ? "host:port, or empty" : "host:port";
    }

    @Override
    public String write(String value) {
        return ValueTypes.quoted(value);
    }

    private record ListOfAddresses(NodeAddressType element) implements ValueType<List<String>> {
        @Override
        public List<String> read(@Nullable Object raw) throws InvalidValueException {
            List<String> texts = ValueTypes.texts("addresses", LENGTH_MAX).read(raw);
            for (String text : texts) {
                element.read(text);
            }
            return texts;
        }

        @Override
        public String expects() {
            return "a list of addresses, each host:port";
        }

        @Override
        public String write(List<String> value) {
            return ValueTypes.list(value);
        }
    }
}
