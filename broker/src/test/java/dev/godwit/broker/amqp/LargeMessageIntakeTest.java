package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.TransactionLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first part of a message must hold, when that part is longer than one of the journal's, and how it ends. */
class LargeMessageIntakeTest {
    private static final int FIRST_PART_BYTES = 384 * 1024;

    private final RecordedStream stream = new RecordedStream();
    private final List<Message> routed = new ArrayList<>();
    private final List<ErrorCondition> errors = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private int breaches;
    private final LargeMessageIntake intake = new LargeMessageIntake(
            stream,
            new RecordedRoute(),
            pace(),
            new MessageReader(),
            UnknownAnnotations.UNRESERVED,
            new OpenTransactions(new ManualEventLoop(), UUID::randomUUID, TransactionLimits.DEFAULTS),
            (delivery, transaction) -> new RecordedReply());

    /** Of a link that may send messages of some length, as fast as it can. */
    private static ProducerPace pace() {
        var loop = new ManualEventLoop();
        var rates = new Rates(new AddressPolicies(AddressSettings.NONE, List.of()), loop);
        return new ProducerPace(loop, loop, rates, "address", List.of(), 2L << 20);
    }

    @Test
    void whatGrowsTooLongEndsItsLink() {
        take(message());
        for (int i = 0; i < 5; i++) {
            intake.onPart(ByteBuffer.allocate(FIRST_PART_BYTES));
        }
        assertThat(rejection())
                .isEqualTo("amqp:link:message-size-exceeded a message to 'address' is longer than 2097152 bytes");
        assertThat(breaches).isEqualTo(1);
        assertThat(stream.taken).as("nothing of it is waited for").isGreaterThanOrEqualTo(FIRST_PART_BYTES);
    }

    private void take(AmqpMessage.Builder message) {
        // A buffer whose bytes do not begin at 0, as those from the network.
        var encoded = message.build().encode();
        var shifted = ByteBuffer.allocate(7 + FIRST_PART_BYTES);
        shifted.position(7);
        shifted.put(encoded.slice(encoded.position(), FIRST_PART_BYTES)).position(7);
        intake.onPart(shifted);
    }

    private static AmqpMessage.Builder message() {
        return AmqpMessage.builder(MessageBody.Data.of(new byte[1024 * 1024]));
    }

    private String rejection() {
        intake.onEnd(new EndedDelivery());
        return errors.get(0).condition() + " " + errors.get(0).description();
    }

    private static String text(int bytes) {
        return "x".repeat(bytes);
    }

    @Test
    void headThatEndsWithinOnePartOfTheJournalIsRouted() {
        take(message().messageAnnotation(Symbol.of("x-long"), text(LargeMessageDoor.PART_BYTES_MAX - 200)));
        assertThat(routed).hasSize(1);
        assertThat(stream.taken).isZero();
    }

    @Test
    void annotationsThatEndBeyondAreRejected() {
        take(message().messageAnnotation(Symbol.of("x-long"), text(LargeMessageDoor.PART_BYTES_MAX + 10_000)));
        assertThat(routed).isEmpty();
        assertThat(rejection()).startsWith("amqp:not-implemented").contains(" first 262144 bytes");
        assertThat(stream.taken).isEqualTo(FIRST_PART_BYTES);
    }

    @Test
    void propertiesThatEndBeyondAreRejected() {
        take(message()
                .properties(MessageProperties.builder()
                        .subject(text(LargeMessageDoor.PART_BYTES_MAX + 10_000))
                        .build()));
        assertThat(routed).isEmpty();
        assertThat(rejection()).startsWith("amqp:not-implemented").contains(" first 262144 bytes");
        assertThat(stream.taken).isEqualTo(FIRST_PART_BYTES);
    }

    /** When room is short, parts are small. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 300, 5_000})
    void waitsForAllThatStandsBeforeTheBody(int partBytes) {
        var encoded = message()
                .properties(MessageProperties.builder().subject(text(1_000)).build())
                .applicationProperty("colour", text(1_000))
                .build()
                .encode();
        int parts = 0;
        for (; routed.isEmpty(); parts++) {
            assertThat(parts * partBytes).isLessThan(10_000);
            intake.onPart(encoded.slice(encoded.position() + parts * partBytes, partBytes));
        }
        assertThat(parts * partBytes).isGreaterThan(2_000);
        assertThat(routed.get(0).sizeBytes()).isEqualTo(parts * partBytes);
        assertThat(errors).isEmpty();
    }

    @Test
    void messageThatEndsBeforeItsBodyIsADecodeError() {
        var encoded = message()
                .properties(MessageProperties.builder().subject(text(1_000)).build())
                .build()
                .encode();
        intake.onPart(encoded.slice(encoded.position(), 300));
        intake.onPart(encoded.slice(encoded.position() + 300, 300));
        assertThat(rejection()).startsWith("amqp:decode-error");
        assertThat(stream.taken).isEqualTo(600);
    }

    @Test
    void whatIsNoMessageIsADecodeError() {
        intake.onPart(ByteBuffer.allocate(FIRST_PART_BYTES));
        assertThat(routed).isEmpty();
        assertThat(rejection()).startsWith("amqp:decode-error");
    }

    @Test
    void hearsThatItsNodeWasDeleted() {
        take(message());
        intake.onFound(new DeletedNode());
        intake.onEnd(new EndedDelivery());
        assertThat(told).containsExactly("deleted");
    }

    /** Takes all of a message, and then says that there is nothing to keep it. */
    private static final class DeletedNode implements ProducerDoor {
        @Override
        public void enqueue(Message message, EnqueueReply reply) {
            throw new AssertionError("it is sent in parts");
        }

        @Override
        public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
            return new LargeMessageDoor() {
                @Override
                public void addPart(ByteBuffer part) {
                    reply.onPartsTaken(part.remaining());
                }

                @Override
                public void end() {
                    reply.onDeleted();
                }

                @Override
                public void giveUp() {
                    throw new AssertionError("it is sent to its end");
                }
            };
        }
    }

    private final class RecordedRoute implements Route {
        @Override
        public boolean leadsTo(String name) {
            return false;
        }

        @Override
        public void pass(Message message, RouteReply reply) {
            throw new AssertionError("it is sent in parts");
        }

        @Override
        public void find(Message head, DoorReply reply) {
            routed.add(head);
        }
    }

    private final class RecordedReply implements Route.RouteReply {
        @Override
        public void onUnroutable(ErrorCondition error) {
            errors.add(error);
        }

        @Override
        public void onBreach(ErrorCondition error) {
            breaches++;
            errors.add(error);
        }

        @Override
        public void onSafe() {}

        @Override
        public void onRefused() {
            told.add("refused");
        }

        @Override
        public void onDeleted() {
            told.add("deleted");
        }

        @Override
        public void onInDoubt() {}
    }

    private static final class RecordedStream implements IncomingStream {
        long taken;

        @Override
        public ReceivingLink link() {
            throw new AssertionError("nobody asks for the link");
        }

        @Override
        public int messageFormat() {
            return ProducerLink.MESSAGE_FORMAT_AMQP;
        }

        @Override
        public @Nullable DeliveryState remoteState() {
            return null;
        }

        @Override
        public void taken(long bytes) {
            taken += bytes;
        }
    }

    private static final class EndedDelivery implements IncomingDelivery {
        @Override
        public ReceivingLink link() {
            throw new AssertionError("nobody asks for the link");
        }

        @Override
        public byte[] tag() {
            return new byte[1];
        }

        @Override
        public int messageFormat() {
            return ProducerLink.MESSAGE_FORMAT_AMQP;
        }

        @Override
        public ByteBuffer message() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public boolean isRemotelySettled() {
            return false;
        }

        @Override
        public ReceiverSettleMode receiverSettleMode() {
            return ReceiverSettleMode.FIRST;
        }

        @Override
        public @Nullable DeliveryState remoteState() {
            return null;
        }

        @Override
        public void settle(DeliveryState state) {}

        @Override
        public void update(@Nullable DeliveryState state) {}

        @Override
        public @Nullable Object attachment() {
            return null;
        }

        @Override
        public void attach(@Nullable Object attachment) {}
    }
}
