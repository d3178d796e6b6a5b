package dev.godwit.distribution.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Addresses to listen on, each with what is spoken there. */
final class ListenersType implements ValueType<List<ConfiguredListener>> {
    private static final int TEXT_LENGTH_MAX = 255;
    private static final int PORT_MAX = 65_535;

    @Override
    public List<ConfiguredListener> read(@Nullable Object raw) throws InvalidValueException {
        var listeners = new ArrayList<ConfiguredListener>();
        for (Object item : FieldMap.list(raw)) {
            listeners.add(listener(new FieldMap(
                    item,
                    Set.of("scheme", "port"),
                    Set.of("host", "mechanisms", "client-certificates", "proxy-protocol"))));
        }
        return List.copyOf(listeners);
    }

    private static ConfiguredListener listener(FieldMap fields) throws InvalidValueException {
        var listener = new ConfiguredListener(
                fields.text("scheme", TEXT_LENGTH_MAX),
                fields.has("host") ? fields.text("host", TEXT_LENGTH_MAX) : "127.0.0.1",
                Math.toIntExact(fields.number("port", PORT_MAX)),
                new MechanismsType().read(fields.raw("mechanisms")),
                fields.has("client-certificates") ? fields.text("client-certificates", TEXT_LENGTH_MAX) : "none",
                new NetworksType().read(fields.raw("proxy-protocol")));
        boolean knownWords = ConfiguredListener.SCHEMES.contains(listener.scheme())
                && ConfiguredListener.CLIENT_CERTIFICATES.contains(listener.clientCertificates());
        if (!knownWords
                || !(listener.isEncrypted() || listener.clientCertificates().equals("none"))) {
            throw new InvalidValueException();
        }
        return listener;
    }

    @Override
    public String expects() {
        return "a list of addresses, each {scheme: SCHEME, host: NAME, port: N, mechanisms: [NAME, …],"
                + " client-certificates: none, want or need, proxy-protocol: [NETWORK, …]} with a SCHEME of "
                + String.join(", ", ConfiguredListener.SCHEMES)
                + "; host (127.0.0.1), mechanisms, client-certificates (none; others with amqps and wss only) and"
                + " proxy-protocol (none) may be left out";
    }

    @Override
    public String write(List<ConfiguredListener> value) {
        return value.stream()
                .map(listener -> "{scheme: " + listener.scheme() + ", host: " + ValueTypes.quoted(listener.host())
                        + ", port: " + listener.port() + FieldMap.write(", mechanisms: ", listener.mechanisms())
                        + ", client-certificates: " + listener.clientCertificates()
                        + FieldMap.write(", proxy-protocol: ", NetworksType.texts(listener.proxies())) + "}")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
