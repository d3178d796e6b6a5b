package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressNameTest {
    @Test
    void objectsToNothingOrdinary() {
        assertThat(AddressName.objection("orders/eu.Straße <b>")).isNull();
    }

    @Test
    void objectsToNewNamesThatNobodyCouldAttachTo() {
        assertThat(AddressName.objectionToNew("an address", "orders/$management"))
                .contains("may not end with /$management");
        assertThat(AddressName.objectionToNew("an address", "orders/$management/eu"))
                .isNull();
        assertThat(AddressName.objectionToNew("an address", "")).contains("empty");
        // What has such a name already can still be deleted.
        assertThat(AddressName.objection("orders/$management")).isNull();
    }

    @Test
    void objectsToEmptyLongAndControlCharactersWithoutRepeatingThem() {
        assertThat(AddressName.objection("")).contains("empty");
        assertThat(AddressName.objection("x".repeat(1_025))).contains("1025");
        assertThat(AddressName.objection("a\r\nforged log line"))
                .contains("U+000D at position 1")
                .doesNotContain("forged");
    }
}
