package dev.godwit.broker.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.broker.address.RoutingRule.Forward;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A binding as RabbitMQ's AMQP 1.0 clients speak of it: a route from a topic, known by what it leads from and to and by its
 * key. Immutable.
 *
 * @param source what they call an exchange
 * @param toQueue false when it leads to what they call an exchange
 */
record Binding(String source, String destination, boolean toQueue, String key) {
    private static final String SOURCE = "src";
    private static final String QUEUE = "dstq";
    private static final String EXCHANGE = "dste";
    private static final String KEY = "key";
    private static final String ARGUMENTS = "args";

    /**
     * Reads {@code src=…;dstq=…;key=…;args=}, where each value is percent-encoded.
     *
     * @param separator what stands between them
     * @throws IllegalArgumentException when it is something else, with a sentence for whoever asked
     */
    static Binding parse(String text, String separator) {
        var fields = new HashMap<String, String>();
        for (var field : text.split(separator, -1)) {
            int at = field.indexOf('=');
            if (at < 0) {
                throw unknown(text);
            }
            fields.put(
                    field.substring(0, at),
                    URLDecoder.decode(field.substring(at + 1).replace("+", "%2B"), UTF_8));
        }
        var arguments = fields.remove(ARGUMENTS);
        var source = fields.remove(SOURCE);
        var queue = fields.remove(QUEUE);
        var exchange = fields.remove(EXCHANGE);
        var key = fields.remove(KEY);
        var destination = queue == null ? exchange : queue;
        if (source == null || destination == null || (queue != null && exchange != null) || !fields.isEmpty()) {
            throw unknown(text);
        }
        if (arguments != null && !arguments.isEmpty()) {
            throw new IllegalArgumentException("bindings have no arguments here: leave 'args' empty");
        }
        return new Binding(source, destination, queue != null, key == null ? "" : key);
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException(
                "a binding is named by src=…, by dstq=… or dste=…, and by key=…, not by " + Quotation.of(text));
    }

    /**
     * Reads the body of a request.
     *
     * @throws IllegalArgumentException when it says something else, with a sentence for whoever asked
     */
    static Binding of(Map<?, ?> body) {
        if (body.get("arguments") instanceof Map<?, ?> arguments && !arguments.isEmpty()) {
            throw new IllegalArgumentException(
                    "bindings have no arguments here: leave " + Quotation.of(arguments) + " out");
        }
        var queue = body.get("destination_queue");
        var destination = queue == null ? body.get("destination_exchange") : queue;
        var key = body.get("binding_key");
        if (body.get("source") instanceof String source
                && destination instanceof String named
                && (key == null || key instanceof String)) {
            return new Binding(source, named, queue != null, key == null ? "" : key.toString());
        }
        throw new IllegalArgumentException("a binding needs 'source', 'destination_queue' or 'destination_exchange' and"
                + " 'binding_key', strings");
    }

    /** What is said of it, when it is asked for; {@link #of} reads it. */
    Map<String, Object> describe(String path) {
        var values = new LinkedHashMap<String, Object>();
        values.put("source", source);
        values.put(toQueue ? "destination_queue" : "destination_exchange", destination);
        values.put("binding_key", key);
        values.put("arguments", Map.of());
        values.put("location", path + name());
        return values;
    }

    /** How its route is called: two that lead the same way by the same key are one. */
    String name() {
        return SOURCE + "=" + encoded(source) + ";" + (toQueue ? QUEUE : EXCHANGE) + "=" + encoded(destination) + ";"
                + KEY + "=" + encoded(key) + ";" + ARGUMENTS + "=";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    /** @throws IllegalArgumentException when there is none for its key, with a sentence for whoever asked */
    Forward route() {
        return new Forward(name(), source, destination, BindingKey.selector(key), false);
    }
}
