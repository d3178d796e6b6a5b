package dev.godwit.amqp.type;

/** A char beyond U+FFFF, which a Java {@code char} cannot hold (AMQP 1.0 §1.6.16). All others are {@link Character}s. */
public record SupplementaryCharacter(int codePoint) {
    public SupplementaryCharacter {
        if (!Character.isSupplementaryCodePoint(codePoint)) {
            throw new IllegalArgumentException("not beyond U+FFFF: U+" + Integer.toHexString(codePoint));
        }
    }

    @Override
    public String toString() {
        return Character.toString(codePoint);
    }
}
