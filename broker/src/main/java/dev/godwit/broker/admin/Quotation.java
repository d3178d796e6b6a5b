package dev.godwit.broker.admin;

import dev.godwit.broker.address.AddressName;
import org.jspecify.annotations.Nullable;

/** What a request said, as its answer may repeat it: not at any length, and without control characters. */
final class Quotation {
    private static final int LENGTH_MAX = 200;

    private Quotation() {}

    static String of(@Nullable Object said) {
        var text = String.valueOf(said);
        if (text.isEmpty()) {
            return "''";
        }
        if (text.length() > LENGTH_MAX) {
            return "something " + text.length() + " characters long";
        }
        return AddressName.objection(text) == null ? "'" + text + "'" : "something with control characters";
    }
}
