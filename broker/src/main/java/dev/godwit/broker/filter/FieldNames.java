package dev.godwit.broker.filter;

import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What names in filters stand for. Stateless. */
final class FieldNames {
    /** Sections by their AMQP names, fields with underscores or hyphens. */
    private static final Map<String, FieldReader> HEADER = new HashMap<>();

    private static final Map<String, FieldReader> PROPERTIES = new HashMap<>();

    /** As JMS calls them. */
    private static final Map<String, FieldReader> JMS = new HashMap<>();

    /** What a name in an AMQP SQL filter may begin with. */
    private static final Map<String, Map<String, FieldReader>> SQL_SECTIONS =
            Map.of("header.", HEADER, "h.", HEADER, "properties.", PROPERTIES, "p.", PROPERTIES);

    private static final List<String> SQL_APPLICATION_PROPERTIES = List.of("application_properties.", "a.");

    private static final String AMQP = "amqp.";

    static {
        HEADER.put("durable", (sections, deliveryCount) -> sections.isDurable());
        HEADER.put("priority", (sections, deliveryCount) -> (long) sections.priority());
        HEADER.put("ttl", (sections, deliveryCount) -> known(sections.ttlMillis(), MessageSections.NO_TTL));
        HEADER.put(
                "first_acquirer",
                ofDeliveries((sections, deliveryCount) -> sections.isFirstAcquirer() && deliveryCount == 0));
        HEADER.put("delivery_count", ofDeliveries((sections, deliveryCount) -> (long) deliveryCount));

        PROPERTIES.put("message_id", (sections, deliveryCount) -> sections.messageId());
        PROPERTIES.put("user_id", (sections, deliveryCount) -> userId(sections));
        PROPERTIES.put("to", (sections, deliveryCount) -> sections.to());
        PROPERTIES.put("subject", (sections, deliveryCount) -> sections.subject());
        PROPERTIES.put("reply_to", (sections, deliveryCount) -> sections.replyTo());
        PROPERTIES.put("correlation_id", (sections, deliveryCount) -> sections.correlationId());
        PROPERTIES.put("content_type", (sections, deliveryCount) -> sections.contentType());
        PROPERTIES.put("content_encoding", (sections, deliveryCount) -> sections.contentEncoding());
        PROPERTIES.put(
                "absolute_expiry_time",
                (sections, deliveryCount) -> known(sections.absoluteExpiryTimeMillis(), MessageSections.NO_TIME));
        PROPERTIES.put(
                "creation_time",
                (sections, deliveryCount) -> known(sections.creationTimeMillis(), MessageSections.NO_TIME));
        PROPERTIES.put("group_id", (sections, deliveryCount) -> sections.groupId());
        PROPERTIES.put(
                "group_sequence",
                (sections, deliveryCount) -> known(sections.groupSequence(), MessageSections.NO_GROUP_SEQUENCE));
        PROPERTIES.put("reply_to_group_id", (sections, deliveryCount) -> sections.replyToGroupId());

        JMS.put("JMSDeliveryMode", (sections, deliveryCount) -> sections.isDurable() ? "PERSISTENT" : "NON_PERSISTENT");
        JMS.put("JMSPriority", header("priority"));
        JMS.put("JMSMessageID", (sections, deliveryCount) -> JmsIdText.ofMessageId(sections.messageId()));
        JMS.put("JMSTimestamp", property("creation_time"));
        JMS.put("JMSCorrelationID", (sections, deliveryCount) -> JmsIdText.ofCorrelationId(sections.correlationId()));
        JMS.put("JMSType", property("subject"));
        JMS.put("JMSDestination", property("to"));
        JMS.put("JMSReplyTo", property("reply_to"));
        JMS.put("JMSExpiration", property("absolute_expiry_time"));
        JMS.put("JMSRedelivered", ofDeliveries((sections, deliveryCount) -> deliveryCount > 0));
        JMS.put("JMSXGroupID", property("group_id"));
        JMS.put("JMSXGroupSeq", property("group_sequence"));
        JMS.put("JMSXUserID", property("user_id"));
        JMS.put("JMSXDeliveryCount", ofDeliveries((sections, deliveryCount) -> deliveryCount + 1L));
    }

    private FieldNames() {}

    private static @Nullable Long known(long value, long absent) {
        return value == absent ? null : (Long) value;
    }

    private static @Nullable String userId(MessageSections sections) {
        Binary userId = sections.userId();
        return userId == null ? null : new String(userId.toByteArray(), StandardCharsets.UTF_8);
    }

    private static FieldReader property(String name) {
        return of(PROPERTIES, name);
    }

    private static FieldReader header(String name) {
        return of(HEADER, name);
    }

    private static FieldReader of(Map<String, FieldReader> section, String name) {
        var reader = section.get(name);
        if (reader == null) {
            throw new IllegalArgumentException("there is no field " + name + " among " + section.keySet());
        }
        return reader;
    }

    /** Something that is another after a delivery that failed. */
    record OfDeliveries(FieldReader reader) implements FieldReader {
        @Override
        public @Nullable Object read(MessageSections sections, int deliveryCount) {
            return reader.read(sections, deliveryCount);
        }
    }

    private static FieldReader ofDeliveries(FieldReader reader) {
        return new OfDeliveries(reader);
    }

    /** A field of the properties section by its AMQP name, {@code message-id} say; null when there is no such field. */
    static @Nullable FieldReader ofProperties(String name) {
        return PROPERTIES.get(name.replace('-', '_'));
    }

    /** An application property. */
    record ApplicationProperty(String name) implements FieldReader {
        @Override
        public @Nullable Object read(MessageSections sections, int deliveryCount) {
            return sections.applicationProperty(name);
        }
    }

    static FieldReader applicationProperty(String name) {
        return new ApplicationProperty(name);
    }

    /** A name in quotes: an application property, or, if there is none of that name, a message annotation. */
    record Quoted(String name) implements FieldReader {
        @Override
        public @Nullable Object read(MessageSections sections, int deliveryCount) {
            var property = sections.applicationProperty(name);
            return property == null ? sections.messageAnnotation(name) : property;
        }

        /** The same for a message that was given annotations later. */
        @Nullable
        Object read(MessageSections sections, AddedAnnotations added) {
            var property = sections.applicationProperty(name);
            if (property != null) {
                return property;
            }
            var later = added.annotations().get(Symbol.of(name));
            return later == null ? sections.messageAnnotation(name) : later;
        }
    }

    static FieldReader quoted(String name) {
        return new Quoted(name);
    }

    /** By what messages are told apart. No filter asks for it so. */
    record Key(FieldReader reader) implements FieldReader {
        @Override
        public @Nullable Object read(MessageSections sections, int deliveryCount) {
            return reader.read(sections, deliveryCount);
        }
    }

    static FieldReader key(String name) {
        boolean ofProperties = name.equals("group-id") || name.equals("user-id");
        return new Key(ofProperties ? property(name.replace('-', '_')) : quoted(name));
    }

    /** A name in a JMS selector. */
    static FieldReader ofJms(String name) throws InvalidFilterException {
        var reader = JMS.get(name);
        if (reader != null) {
            return reader;
        }
        return name.startsWith(AMQP) ? ofAmqp(name) : applicationProperty(name);
    }

    private static FieldReader ofAmqp(String name) throws InvalidFilterException {
        var field = name.substring(AMQP.length());
        var reader = HEADER.getOrDefault(field, PROPERTIES.get(field));
        if (reader == null) {
            var known = new TreeSet<>(HEADER.keySet());
            known.addAll(PROPERTIES.keySet());
            throw new InvalidFilterException("a message has no field " + field + "; there are " + known);
        }
        return reader;
    }

    /** A name in an AMQP SQL filter: it may begin with the name of a section. */
    static FieldReader ofSql(String name) throws InvalidFilterException {
        for (var section : SQL_SECTIONS.entrySet()) {
            if (name.startsWith(section.getKey())) {
                var field = name.substring(section.getKey().length());
                var reader = section.getValue().get(field);
                if (reader == null) {
                    throw new InvalidFilterException("section " + section.getKey() + " has no field " + field
                            + "; there are "
                            + new TreeSet<>(section.getValue().keySet()));
                }
                return reader;
            }
        }
        for (var prefix : SQL_APPLICATION_PROPERTIES) {
            if (name.startsWith(prefix)) {
                return applicationProperty(name.substring(prefix.length()));
            }
        }
        return applicationProperty(name);
    }
}
