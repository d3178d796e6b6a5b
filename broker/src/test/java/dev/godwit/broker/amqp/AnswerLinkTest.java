package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerLinkTest {
    private static final int SHORT = 100;
    private static final int LONG = 1 << 20;

    private final AnswerRoom room = new AnswerRoom();
    private final List<String> told = new ArrayList<>();
    private int credit;
    private boolean writable = true;
    private boolean drained = true;
    private @Nullable ErrorCondition closedWith;
    private long bytesMax;

    private final SendingLink link = (SendingLink) Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SendingLink.class},
            (self, call, args) -> switch (call.getName()) {
                case "credit" -> credit;
                case "isWritable" -> writable;
                case "isDraining" -> false;
                case "remoteAttach" ->
                    AttachParameters.of("answers", null, null).withMaxMessageSizeBytes(bytesMax);
                case "send" -> {
                    credit--;
                    yield tell("sent");
                }
                case "stream" -> {
                    credit--;
                    yield stream();
                }
                case "close" -> {
                    closedWith = (ErrorCondition) args[0];
                    yield null;
                }
                default -> throw new UnsupportedOperationException(call.getName());
            });

    private final AnswerLink answers = new AnswerLink(link, null, room, gone -> told.add("left"));

    private OutgoingStream stream() {
        return (OutgoingStream) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {OutgoingStream.class},
                (self, call, args) -> switch (call.getName()) {
                    case "isWritable" -> writable && drained;
                    case "write" -> tell("written");
                    case "end" -> tell("ended");
                    default -> throw new UnsupportedOperationException(call.getName());
                });
    }

    private @Nullable Object tell(String what) {
        told.add(what);
        return null;
    }

    private void answer(int bytes) {
        answers.send(ByteBuffer.allocate(bytes), () -> told.add("gone"));
    }

    @Test
    void keepsAnAnswerUntilThePeerTakesIt() {
        answer(SHORT);
        assertThat(told).isEmpty();

        writable = false;
        credit = 5;
        answers.onSendable(link);
        assertThat(told).isEmpty();

        writable = true;
        answers.onSendable(link);
        assertThat(told).containsExactly("sent", "gone");
    }

    @Test
    void leavesWhenThePeerWantsAnswersInATransaction() {
        answer(SHORT);
        answers.onAcquisition(link, new TransactionId(new byte[1]));
        assertThat(told).containsExactly("left", "gone");
        assertThat(closedWith).matches(AmqpError.NOT_IMPLEMENTED::is);
    }

    @Test
    void sendsNothingAfterALongAnswerThatIsStillOnItsWay() {
        credit = 5;
        drained = false;
        answer(LONG);
        answer(SHORT);
        assertThat(told).containsExactly("written");

        drained = true;
        answers.onSendable(link);
        assertThat(told).containsExactly("written", "ended", "gone", "sent", "gone");
    }

    @Test
    void holdsNoMoreThanHasRoomOnTheConnection() {
        int answered = 0;
        while (closedWith == null) {
            answer(LONG);
            answered++;
        }
        assertThat(answered).isEqualTo((int) (AnswerRoom.BYTES_MAX / LONG));
        assertThat(Objects.requireNonNull(closedWith).condition())
                .isEqualTo(AmqpError.RESOURCE_LIMIT_EXCEEDED.condition());
        assertThat(told).hasSize(answered + 1).startsWith("left");
        assertThat(told.subList(1, told.size())).containsOnly("gone");
        assertThat(room.take((int) AnswerRoom.BYTES_MAX)).as("all room is free").isTrue();
    }

    @Test
    void oneAnswerMayBeLongerThanAllOthersTogether() {
        credit = 1;
        answer((int) AnswerRoom.BYTES_MAX * 2);
        assertThat(told).containsExactly("written", "ended", "gone");
    }

    @Test
    void closesTheLinkAtAnAnswerThatIsLongerThanItTakes() {
        bytesMax = SHORT;
        credit = 2;
        answer(SHORT);
        answer(SHORT + 1);
        assertThat(told).containsExactly("sent", "gone", "left", "gone");
        assertThat(Objects.requireNonNull(closedWith).condition())
                .isEqualTo(AmqpError.MESSAGE_SIZE_EXCEEDED.condition());
    }
}
