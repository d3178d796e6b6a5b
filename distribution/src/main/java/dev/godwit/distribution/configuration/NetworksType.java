package dev.godwit.distribution.configuration;

import dev.godwit.amqp.transport.IpNetwork;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** IP addresses and networks. */
final class NetworksType implements ValueType<List<IpNetwork>> {
    private static final int TEXT_LENGTH_MAX = 64;

    @Override
    public List<IpNetwork> read(@Nullable Object raw) throws InvalidValueException {
        var networks = new ArrayList<IpNetwork>();
        for (var text : ValueTypes.texts("networks", TEXT_LENGTH_MAX).read(raw)) {
            try {
                networks.add(IpNetwork.parse(text));
            } catch (IllegalArgumentException none) {
                throw new InvalidValueException();
            }
        }
        return List.copyOf(networks);
    }

    @Override
    public String expects() {
        return "a list of IP addresses and networks, such as 10.0.0.7, 10.1.0.0/16 or fd00::/8";
    }

    static List<String> texts(List<IpNetwork> networks) {
        return networks.stream().map(IpNetwork::toString).toList();
    }

    @Override
    public String write(List<IpNetwork> value) {
        return ValueTypes.list(texts(value));
    }
}
