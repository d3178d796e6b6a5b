package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.Symbol;

/** The annotations and content types that the AMQP-JMS mapping defines, under which other JMS clients look for them, and our own. */
final class MappingNames {
    static final Symbol MESSAGE_TYPE = Symbol.of("x-opt-jms-msg-type");
    static final Symbol DESTINATION = Symbol.of("x-opt-jms-dest");
    static final Symbol REPLY_TO = Symbol.of("x-opt-jms-reply-to");
    static final Symbol DELIVERY_TIME = Symbol.of("x-opt-delivery-time");

    /** By these a broker knows a message again that is sent once more. */
    static final Symbol PRODUCER_ID = Symbol.of("x-opt-godwit-producer-id");

    static final Symbol SEQUENCE = Symbol.of("x-opt-godwit-sequence");

    /** A delivery annotation: the same for each delivery of a message, and of no other. */
    static final Symbol MESSAGE_IDENTITY = Symbol.of("x-opt-godwit-message-identity");

    /**
     * A map with the texts of a trace's context, by the names of W3C Trace Context. Under this name Apache Qpid's clients write it
     * (Proton's for OpenTelemetry, Qpid JMS' for OpenTracing).
     */
    static final Symbol TRACE_CONTEXT = Symbol.of("x-opt-qpid-tracestate");

    /** Application properties, where who keeps to W3C's draft for AMQP, or traces above a client, writes the same. */
    static final String TRACE_PARENT = "traceparent";

    static final String TRACE_STATE = "tracestate";

    static final Symbol OCTET_STREAM = Symbol.of("application/octet-stream");
    static final Symbol SERIALIZED_OBJECT = Symbol.of("application/x-java-serialized-object");

    private MappingNames() {}
}
