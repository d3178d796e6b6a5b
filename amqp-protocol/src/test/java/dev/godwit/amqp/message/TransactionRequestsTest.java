package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.TransactionRequests.Decide;
import dev.godwit.amqp.message.TransactionRequests.Declare;
import dev.godwit.amqp.message.TransactionRequests.Discharge;
import dev.godwit.amqp.message.TransactionRequests.Inquire;
import dev.godwit.amqp.message.TransactionRequests.Prepare;
import dev.godwit.amqp.message.TransactionRequests.Recover;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.GlobalTransactionId;
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

    @Test
    void readsWhatItWritesOfPreparedTransactions() {
        var globalId = GlobalTransactionId.of(new byte[] {7, 8});
        assertThat(Bytes.hex(TransactionRequests.prepare(ID)))
                .isEqualTo("005377" + "00a3" + "13" + "676f647769743a707265706172653a6c697374" + "c00601a003010203");
        assertThat(TransactionRequests.decode(TransactionRequests.prepare(ID))).isEqualTo(new Prepare(ID));
        for (boolean fail : new boolean[] {true, false}) {
            assertThat(TransactionRequests.decode(TransactionRequests.decide(globalId, fail)))
                    .isEqualTo(new Decide(globalId, fail));
        }
        assertThat(TransactionRequests.decode(TransactionRequests.recover(null)))
                .isEqualTo(new Recover(null));
        assertThat(TransactionRequests.decode(TransactionRequests.recover(globalId)))
                .isEqualTo(new Recover(globalId));
        assertThat(GlobalTransactionId.parse(globalId.toString())).isEqualTo(globalId);
    }

    @Test
    void readsWhatItWritesOfOutcomes() {
        assertThat(Bytes.hex(TransactionRequests.inquire(ID, 7)))
                .isEqualTo("005377" + "00a3" + "13" + "676f647769743a696e71756972653a6c697374" + "c00802a003010203"
                        + "5307");
        assertThat(TransactionRequests.decode(TransactionRequests.inquire(ID, 7)))
                .isEqualTo(new Inquire(ID, 7));
    }

    @Test
    void takesNoGlobalIdThatIsEmptyOrTooLong() {
        for (int length : new int[] {0, GlobalTransactionId.BYTES_MAX + 1}) {
            var tooLong = new byte[length];
            assertThatThrownBy(() -> GlobalTransactionId.of(tooLong)).isInstanceOf(IllegalArgumentException.class);
            assertThat(GlobalTransactionId.ofWire(Binary.copyOf(tooLong))).isNull();
        }
        assertThat(GlobalTransactionId.of(new byte[GlobalTransactionId.BYTES_MAX])
                        .toString())
                .hasSize(2 * GlobalTransactionId.BYTES_MAX);
        assertThat(GlobalTransactionId.parse("0g")).isNull();
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
                "005377 00 a3[676f647769743a707265706172653a6c697374] 45", // prepare nothing
                "005377 00 a3[676f647769743a6465636964653a6c697374] c0[01 a0[]]", // decide an empty id
                "005377 00 a3[676f647769743a6465636964653a6c697374] c0[02 a0[01] a1[61]]", // fail is a string
                "005377 00 a3[676f647769743a7265636f7665723a6c697374] c0[01 a1[61]]", // after a string
                "005377 00 a3[676f647769743a696e71756972653a6c697374] c0[01 a0[01]]", // no age
                "005377 00 a3[676f647769743a696e71756972653a6c697374] c0[02 a1[61] 44]", // of a string
            })
    void refusesEverythingElse(String hex) {
        assertThatThrownBy(() -> TransactionRequests.decode(Bytes.hex(hex))).isInstanceOf(AmqpDecodeException.class);
    }
}
