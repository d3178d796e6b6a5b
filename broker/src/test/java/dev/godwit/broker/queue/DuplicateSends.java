package dev.godwit.broker.queue;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.DuplicateIdReader;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What tests of messages that come again begin with: a queue whose clock and disk are turned by hand, and what is sent there. */
abstract class DuplicateSends {
    static final long WINDOW_MILLIS = 60_000;
    static final AddressSettings ON = AddressSettings.NONE.with(AddressSetting.DUPLICATE_WINDOW, WINDOW_MILLIS);
    static final AddressSettings OFF = AddressSettings.NONE;
    QueueBench bench = new QueueBench(1_000_000, ON);
    final Map<Integer, Object> idsByNumber = new HashMap<>();
    int sent;

    /** Who sends something, and what was heard of it. */
    static class Sender implements EnqueueReply {
        String heard = "";
        boolean transfer;

        @Nullable
        QueueTransaction transaction;

        @Override
        public boolean isTransfer() {
            return transfer;
        }

        @Override
        public @Nullable QueueTransaction transaction() {
            return transaction;
        }

        @Override
        public void onSafe() {
            heard += "safe";
        }

        @Override
        public void onRefused() {
            heard += "refused";
        }

        @Override
        public void onRejected(ErrorCondition why) {
            heard += why.condition().value();
        }

        @Override
        public void onInDoubt() {
            heard += "in doubt";
        }
    }

    AmqpMessage.Builder builder(boolean durable) {
        return AmqpMessage.builder(new MessageBody.Value(sent++)).header(new Header(durable, 4, -1, false, 0));
    }

    AmqpMessage.Builder withId(Object id, boolean durable) {
        idsByNumber.put(sent, id);
        return builder(durable)
                .properties(MessageProperties.builder().messageId(id).build());
    }

    Message read(AmqpMessage.Builder message) {
        return new MessageReader().read(message.build().encode(), bench.loop.nowMillis());
    }

    Sender send(AmqpMessage.Builder message) {
        return send(message, new Sender());
    }

    Sender send(AmqpMessage.Builder message, Sender sender) {
        bench.send(read(message), sender);
        return sender;
    }

    /** Sends a durable message, and has the disk take it. */
    String store(Object id) {
        var sender = send(withId(id, true));
        bench.settle();
        return sender.heard;
    }

    String store(AmqpMessage.Builder message) {
        var sender = send(message);
        bench.settle();
        return sender.heard;
    }

    AmqpMessage.Builder numbered(@Nullable Object producer, @Nullable Object sequence) {
        var message = builder(true);
        if (producer != null) {
            message.messageAnnotation(Symbol.of(DuplicateIdReader.PRODUCER_ID), producer);
        }
        if (sequence != null) {
            message.messageAnnotation(Symbol.of(DuplicateIdReader.SEQUENCE), sequence);
        }
        return message;
    }

    void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
        bench.settle();
    }

    long enqueued() {
        return bench.statistics().enqueued();
    }

    void consumeAll() {
        var taker = bench.new Taker(Interest.ALL, 10_000);
        taker.consumeAll();
        taker.leave();
        bench.settle();
    }

    void restart(AddressSettings settings) {
        bench.restart(settings);
        bench.settle();
    }

    <T> List<T> records(Class<T> kind) {
        return bench.log.records.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    final class Work implements QueueTransaction {
        final UUID id = UUID.randomUUID();
        final ShardBranch branch = new ShardBranch(bench.log, bench.loop);
        final List<String> ids = new ArrayList<>();
        String heard = "";

        @Override
        public ShardBranch branch(QueueLog log, EventLoop owner) {
            return branch;
        }

        Sender post(AmqpMessage.Builder message) {
            var sender = new Sender();
            sender.transaction = this;
            bench.loop.run(
                    () -> new QueueDoor(bench.queue).openProducer(bench.loop).enqueue(read(message), sender));
            bench.loop.run(() -> {});
            return sender;
        }

        void commit() {
            bench.loop.run(() -> branch.commit(id, List.of(), false, isKept -> heard += "committed"));
        }

        void prepare() {
            bench.loop.run(branch::hold);
            bench.loop.run(() -> branch.prepare(id, 1, isRecorded -> heard += "prepared "));
            bench.settle();
        }

        void rollBack() {
            bench.loop.run(branch::rollBack);
            bench.settle();
        }
    }
}
