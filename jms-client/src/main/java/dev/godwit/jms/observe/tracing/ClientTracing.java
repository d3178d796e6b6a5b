package dev.godwit.jms.observe.tracing;

import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.ObservedMessage;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of what becomes of messages, by OpenTelemetry's semantic conventions for messaging: {@code send} from the call to
 * the broker's answer, {@code process} around a listener, {@code receive} for each message that a receive gives. The context
 * of a send goes with its message: a process is its child, and a receive, which happens in a trace of its own, is linked to it. For
 * any thread.
 */
public final class ClientTracing implements ClientObserver {
    private static final String SCOPE = "dev.godwit.jms";
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION_NAME = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<Boolean> TEMPORARY = AttributeKey.booleanKey("messaging.destination.temporary");
    private static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
    private static final AttributeKey<String> CONVERSATION_ID =
            AttributeKey.stringKey("messaging.message.conversation_id");
    private static final AttributeKey<String> CLIENT_ID = AttributeKey.stringKey("messaging.client.id");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> SERVER_ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
    private static final TextMapGetter<Map<String, String>> GETTER = new MapGetter();

    private final Tracer tracer;
    private final TextMapPropagator propagator;

    public ClientTracing(OpenTelemetry openTelemetry) {
        this.tracer = openTelemetry.getTracer(SCOPE);
        this.propagator = openTelemetry.getPropagators().getTextMapPropagator();
    }

    /**
     * With the OpenTelemetry of the whole program, if it has set one. Asking does not set it, which needs an API of 1.57 or later.
     *
     * @return null when there is none
     */
    public static @Nullable ClientObserver ofProgram() {
        return GlobalOpenTelemetry.isSet() ? new ClientTracing(GlobalOpenTelemetry.get()) : null;
    }

    @Override
    public Sending onSend(ObservedMessage message) {
        Span span = span(message, "send", SpanKind.PRODUCER).startSpan();
        Map<String, String> context = new LinkedHashMap<>();
        propagator.inject(Context.current().with(span), context, Map::put);
        message.setTraceContext(context);
        return failure -> end(span, failure);
    }

    // The scope is left when the listener has returned, which is heard on the same thread.
    @SuppressWarnings("MustBeClosedChecker")
    @Override
    public Processing onGiven(ObservedMessage message, boolean listening) {
        Context sent = propagator.extract(Context.root(), message.traceContext(), GETTER);
        if (!listening) {
            SpanBuilder receive = span(message, "receive", SpanKind.CLIENT);
            SpanContext sender = Span.fromContext(sent).getSpanContext();
            if (sender.isValid()) {
                receive.addLink(sender);
            }
            Span span = receive.startSpan();
            return thrown -> end(span, thrown);
        }
        Span span = span(message, "process", SpanKind.CONSUMER).setParent(sent).startSpan();
        Scope scope = sent.with(span).makeCurrent();
        return thrown -> {
            scope.close();
            end(span, thrown);
        };
    }

    private SpanBuilder span(ObservedMessage message, String operation, SpanKind kind) {
        String destination = message.destination();
        String shown = message.isTemporary() ? "(temporary)" : destination == null ? "(anonymous)" : destination;
        SpanBuilder span = tracer.spanBuilder(operation + ' ' + shown)
                .setSpanKind(kind)
                .setAttribute(SYSTEM, "jms")
                .setAttribute(OPERATION_NAME, operation)
                .setAttribute(OPERATION_TYPE, operation)
                .setAttribute(CLIENT_ID, message.clientId());
        if (destination != null) {
            span.setAttribute(DESTINATION, destination);
        }
        if (message.isTemporary()) {
            span.setAttribute(TEMPORARY, true);
        }
        String id = message.messageId();
        if (id != null) {
            span.setAttribute(MESSAGE_ID, id);
        }
        String conversation = message.correlationId();
        if (conversation != null) {
            span.setAttribute(CONVERSATION_ID, conversation);
        }
        return withServer(span, message.broker());
    }

    /** @param broker host and port */
    private static SpanBuilder withServer(SpanBuilder span, String broker) {
        int colon = broker.lastIndexOf(':');
        if (colon > 0) {
            span.setAttribute(SERVER_ADDRESS, broker.substring(0, colon));
            try {
                span.setAttribute(SERVER_PORT, Long.parseLong(broker.substring(colon + 1)));
            } catch (NumberFormatException none) {
                // The address alone, then.
            }
        }
        return span;
    }

    private static void end(Span span, @Nullable Throwable failure) {
        if (failure != null) {
            span.setAttribute(ERROR_TYPE, failure.getClass().getName());
            span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
            span.recordException(failure);
        }
        span.end();
    }

    private static final class MapGetter implements TextMapGetter<Map<String, String>> {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
            return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
            return carrier == null ? null : carrier.get(key);
        }
    }
}
