package dev.godwit.jms.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.Address;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DestinationTest {
    @ParameterizedTest
    @EnumSource(Address.Kind.class)
    @JmsSpec({"5.1/serializable", "5.2/value"})
    void isItsAddressAndNothingElse(Address.Kind kind) throws Exception {
        Address address = new Address("n", kind);
        GodwitDestination destination = GodwitDestination.of(address);
        assertThat(destination.address()).isEqualTo(address);
        assertThat(destination).isEqualTo(GodwitDestination.of(address)).hasToString("n");
        assertThat(destination).isNotEqualTo(GodwitDestination.of(new Address("m", kind)));
        assertThat(GodwitDestination.addressOf(destination)).isEqualTo(address);

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(destination);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(destination);
        }
    }

    @Test
    void takesAnotherProvidersDestinationByItsKindAndName() throws JMSException {
        Queue foreign = () -> "theirs";
        assertThat(GodwitDestination.addressOf(foreign)).isEqualTo(Address.queue("theirs"));
        assertThatThrownBy(() -> GodwitDestination.addressOf(null)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> GodwitDestination.addressOf(new jakarta.jms.Destination() {}))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    void temporaryDestinationOfAnotherConnectionIsNotOursToDelete() {
        GodwitTemporaryQueue theirs =
                (GodwitTemporaryQueue) GodwitDestination.of(new Address("t", Address.Kind.TEMPORARY_QUEUE));
        assertThatThrownBy(theirs::delete).isInstanceOf(JMSException.class).hasMessageContaining("not ours");
    }
}
