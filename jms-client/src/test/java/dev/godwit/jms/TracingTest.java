package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.ObservedMessage;
import dev.godwit.jms.observe.tracing.ClientTracing;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of messages, as spans of OpenTelemetry, over the real broker. */
@Timeout(60)
class TracingTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private static final Duration SOON = Duration.ofSeconds(10);

    private final InMemorySpanExporter spans = InMemorySpanExporter.create();
    private final OpenTelemetrySdk openTelemetry = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build())
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build();

    @AfterEach
    void close() {
        openTelemetry.close();
    }

    private Session traced() throws JMSException {
        var factory = BROKER.factory();
        factory.addObserver(new ClientTracing(openTelemetry));
        var connection = clients.opened(factory.createConnection());
        connection.start();
        return connection.createSession();
    }

    private SpanData span(String operation) {
        String name = operation + " " + clients.name();
        await().atMost(SOON).until(() -> named(name).size() == 1);
        return named(name).get(0);
    }

    private List<SpanData> named(String name) {
        return spans.getFinishedSpanItems().stream()
                .filter(each -> each.getName().equals(name))
                .toList();
    }

    private void listen(Session session, MessageListener listener) throws JMSException {
        session.createConsumer(clients.queue()).setMessageListener(listener);
    }

    @Test
    void aListenerGoesOnWithTheTraceOfWhoeverSentTheMessage() throws Exception {
        var current = new ConcurrentLinkedQueue<String>();
        var properties = new ConcurrentLinkedQueue<Object>();
        listen(traced(), message -> {
            current.add(Span.current().getSpanContext().getSpanId());
            properties.addAll(propertiesOf(message));
        });
        var sending = traced();
        var message = sending.createTextMessage("hello");
        message.setJMSCorrelationID("talk");
        var program = openTelemetry.getTracer("test").spanBuilder("program").startSpan();
        try (var scope = program.makeCurrent()) {
            assertThat(scope).isNotNull();
            sending.createProducer(clients.queue()).send(message);
        } finally {
            program.end();
        }

        var send = span("send");
        var process = span("process");
        assertThat(send.getParentSpanId()).isEqualTo(program.getSpanContext().getSpanId());
        assertThat(process.getParentSpanId()).isEqualTo(send.getSpanId());
        assertThat(process.getTraceId()).isEqualTo(program.getSpanContext().getTraceId());
        assertThat(send.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(process.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(current).containsExactly(process.getSpanId());
        assertThat(properties).as("what the program sees").containsExactly("JMSXDeliveryCount");
        for (SpanData each : List.of(send, process)) {
            assertThat(text(each, "messaging.system")).isEqualTo("jms");
            assertThat(text(each, "messaging.destination.name")).isEqualTo(clients.name());
            assertThat(text(each, "messaging.message.id")).isEqualTo(message.getJMSMessageID());
            assertThat(text(each, "messaging.message.conversation_id")).isEqualTo("talk");
            assertThat(text(each, "server.address")).isEqualTo("127.0.0.1");
            assertThat(each.getAttributes().get(AttributeKey.longKey("server.port")))
                    .isEqualTo(BROKER.broker().port());
        }
    }

    private static String text(SpanData span, String attribute) {
        return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(attribute)));
    }

    private static List<?> propertiesOf(Message message) {
        try {
            Enumeration<?> names = message.getPropertyNames();
            return Collections.list(names);
        } catch (JMSException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void aReceiveIsLinkedToTheSend() throws Exception {
        var session = traced();
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));
        Clients.next(session.createConsumer(clients.queue()));

        var receive = span("receive");
        assertThat(receive.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(receive.getLinks()).hasSize(1);
        assertThat(receive.getLinks().get(0).getSpanContext().getSpanId())
                .isEqualTo(span("send").getSpanId());
    }

    @Test
    void saysThatAListenerThrew() throws Exception {
        var factory = BROKER.factory("?jms.redeliveryPolicy.maxRedeliveries=0");
        factory.addObserver(new ClientTracing(openTelemetry));
        var connection = clients.opened(factory.createConnection());
        connection.start();
        listen(connection.createSession(), message -> {
            throw new IllegalStateException("no such order");
        });
        var session = clients.session();
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));

        var process = span("process");
        assertThat(process.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(text(process, "error.type")).isEqualTo(IllegalStateException.class.getName());
    }

    @Test
    void saysThatTheBrokerDidNotTakeAMessage() throws Exception {
        var peer = new MemoryPeer();
        var factory = new GodwitConnectionFactory(peer.uri() + "?jms.sendTimeout=200");
        factory.addObserver(new ClientTracing(openTelemetry));
        try (var connection = factory.createConnection()) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue("full-queue"));
            assertThatThrownBy(() -> producer.send(session.createTextMessage("hello")))
                    .isInstanceOf(JMSException.class);
        } finally {
            peer.close();
        }
        assertThat(named("send full-queue")).hasSize(1);
        assertThat(named("send full-queue").get(0).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }

    @Test
    void goesOnWithATraceThatStandsInProperties() throws Exception {
        var session = clients.session();
        var message = session.createTextMessage("hello");
        message.setStringProperty("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        session.createProducer(clients.queue()).send(message);
        listen(traced(), received -> {});

        var process = span("process");
        assertThat(process.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(process.getParentSpanId()).isEqualTo("b7ad6b7169203331");
    }

    @Test
    void aMessageThatIsSentOnIsPartOfTheTraceInWhichThatHappens() throws Exception {
        var session = traced();
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));
        var received = Clients.next(session.createConsumer(clients.queue()));
        Queue further = session.createQueue(clients.name() + "-on");
        // Who does not trace writes down no trace either.
        var untraced = clients.session();
        untraced.createProducer(further).send(received);
        Clients.next(session.createConsumer(further));

        await().atMost(SOON)
                .until(() -> named("receive " + clients.name() + "-on").size() == 1);
        assertThat(named("receive " + clients.name() + "-on").get(0).getLinks()).isEmpty();
    }

    @Test
    void takesTheOpenTelemetryOfTheProgramAndSetsNone() throws Exception {
        GlobalOpenTelemetry.resetForTest();
        var untraced = clients.session();
        untraced.createProducer(clients.queue()).send(untraced.createMessage());
        assertThat(GlobalOpenTelemetry.isSet()).isFalse();
        assertThat(spans.getFinishedSpanItems()).isEmpty();

        GlobalOpenTelemetry.set(openTelemetry);
        try {
            var off = clients.opened(BROKER.factory("?jms.tracing=noop").createConnection());
            var session = off.createSession();
            session.createProducer(clients.queue()).send(session.createMessage());
            assertThat(spans.getFinishedSpanItems()).isEmpty();

            var traced = clients.session();
            traced.createProducer(clients.queue()).send(traced.createMessage());
            assertThat(span("send").getKind()).isEqualTo(SpanKind.PRODUCER);
        } finally {
            GlobalOpenTelemetry.resetForTest();
        }
    }

    @Test
    void anObserverThatThrowsHarmsNobody() throws Exception {
        var factory = BROKER.factory();
        factory.addObserver(new ClientObserver() {
            @Override
            public Sending onSend(ObservedMessage message) {
                throw new IllegalStateException("sending");
            }

            @Override
            public void onArrived() {
                throw new IllegalStateException("arrived");
            }

            @Override
            public Processing onGiven(ObservedMessage message, boolean listening) {
                return thrown -> {
                    throw new IllegalStateException("given");
                };
            }
        });
        var connection = clients.opened(factory.createConnection());
        connection.start();
        var session = connection.createSession();
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));

        assertThat(Clients.nextText(session.createConsumer(clients.queue()))).isEqualTo("hello");
    }
}
