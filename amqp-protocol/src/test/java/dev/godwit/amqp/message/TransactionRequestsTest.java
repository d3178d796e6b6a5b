package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.TransactionRequests.Declare;
import dev.godwit.amqp.message.TransactionRequests.Discharge;
import dev.godwit.amqp.type.TransactionId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AMQP 1.0 §4.5.2, §4.5.3. */
class TransactionRequestsTest {
    private static final TransactionId ID = new TransactionId(new byte[] {1, 2, 3});

    @Test
    void writesDeclare() {
        assertThat(Bytes.hex(TransactionRequests.declare())).isEqualTo("005377" + "005331" + "45");
        assertThat(TransactionRequests.decode(TransactionRequests.declare())).isEqualTo(new Declare(null));
        assertThat(TransactionRequests.decode(TransactionRequests.declare("global")))
                .isEqualTo(new Declare("global"));
    }

    @Test
    void writesDischarge() {
        assertThat(Bytes.hex(TransactionRequests.discharge(ID, true)))
                .isEqualTo("005377" + "005332" + "c00702a00301020341");
        for (boolean fail : new boolean[] {true, false}) {
            assertThat(TransactionRequests.decode(TransactionRequests.discharge(ID, fail)))
                    .isEqualTo(new Discharge(ID, fail));
        }
    }

    @Test
    void readsWhatOthersWrite() {
        var symbolic = Bytes.hex("005377" + "00 a3[616d71703a646973636861726765] 45");
        assertThatThrownBy(() -> TransactionRequests.decode(symbolic)).isInstanceOf(AmqpDecodeException.class);
        var declare = Bytes.hex("005377" + "00 a3[616d71703a6465636c6172653a6c697374] c0[01 40]");
        assertThat(TransactionRequests.decode(declare)).isEqualTo(new Declare(null));
        var discharge = Bytes.hex("005377" + "00 80 0000000000000032 d0[00000001 a0[010203]]");
        assertThat(TransactionRequests.decode(discharge)).isEqualTo(new Discharge(ID, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "005377 40", // null
                "005377 005333 45", // another type
                "005377 005331 c1[00]", // no list
                "005377 005331 c0[02 40 40]", // two fields
                "005377 005332 45", // no id
                "005377 005332 c0[01 40]", // a null id
                "005377 005332 c0[01 a1[61]]", // a string as id
                "005377 005332 c0[03 a0[01] 41 41]", // three fields
                "005377 005332 c0[02 a0[01] a1[61]]", // fail is a string
                "005375 a0[01]", // data
            })
    void refusesEverythingElse(String hex) {
        assertThatThrownBy(() -> TransactionRequests.decode(Bytes.hex(hex))).isInstanceOf(AmqpDecodeException.class);
    }
}
