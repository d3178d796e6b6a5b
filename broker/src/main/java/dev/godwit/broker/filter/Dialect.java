package dev.godwit.broker.filter;

/** The two languages that selectors are written in; they differ in names, and in a few signs. */
enum Dialect {
    /** Jakarta Messaging §3.8.1, with AMQP's fields as {@code amqp.message_id} and so on. */
    JMS {
        @Override
        FieldReader field(String name) throws InvalidFilterException {
            return FieldNames.ofJms(name);
        }
    },
    /** The AMQP filter expressions draft, §6, as far as it speaks of messages. */
    AMQP_SQL {
        @Override
        FieldReader field(String name) throws InvalidFilterException {
            return FieldNames.ofSql(name);
        }
    };

    abstract FieldReader field(String name) throws InvalidFilterException;

    /** True when {@code %} and {@code !=} have a meaning. */
    boolean hasFurtherSigns() {
        return this == AMQP_SQL;
    }
}
