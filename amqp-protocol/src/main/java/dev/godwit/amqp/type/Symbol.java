package dev.godwit.amqp.type;

/** A symbolic value from a constrained domain: ASCII only (AMQP 1.0 §1.6.21). Not interned, so a flood of them costs nothing lasting. */
public record Symbol(String value) implements Comparable<Symbol> {
    public static Symbol of(String value) {
        return new Symbol(value);
    }

    @Override
    public int compareTo(Symbol other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
