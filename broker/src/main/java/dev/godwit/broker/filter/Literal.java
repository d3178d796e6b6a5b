package dev.godwit.broker.filter;

/** A value that stands in the selector itself. */
final class Literal extends Expression {
    private final Object value;

    /** @param value a Boolean, String, Long, Double or BigDecimal */
    Literal(Object value) {
        this.value = value;
    }

    Object value() {
        return value;
    }

    @Override
    Object value(MessageFields fields) {
        return value;
    }

    @Override
    Kind kind() {
        return value instanceof String ? Kind.STRING : value instanceof Boolean ? Kind.BOOLEAN : Kind.NUMBER;
    }
}
