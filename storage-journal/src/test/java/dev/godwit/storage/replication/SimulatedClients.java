package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Producers, consumers and transactions of clients that talk to whoever thinks that it leads. */
final class SimulatedClients {
    private static final long STEP_MICROS = 15_000;
    private static final long THINKING_MICROS = 60_000;
    private static final int PRODUCERS = 3;
    private static final int RUSH = 40;

    /** A producer's line to a leader. It breaks with the leadership. */
    private record Link(int number, QueueService service, int term) {}

    private final SimulatedCluster cluster;
    private final History history;
    private final Random random;
    private final List<@Nullable Link> links = new ArrayList<>();
    private int lastMessage;
    private int lastLink;
    private int lastTransaction;
    private boolean draining;
    private final int released;
    private final int rushed;

    SimulatedClients(SimulatedCluster cluster) {
        this.cluster = cluster;
        history = cluster.history;
        random = cluster.random;
        released = random.nextInt(6);
        rushed = random.nextInt(4);
        for (int i = 0; i < PRODUCERS; i++) {
            links.add(null);
        }
    }

    void begin() {
        cluster.time.after(random.nextInt((int) (2 * STEP_MICROS)), () -> {
            step();
            begin();
        });
    }

    /** Nothing more is sent; what there is is delivered and settled. */
    void drain() {
        draining = true;
    }

    private void step() {
        if (draining) {
            drainSome();
            return;
        }
        int dice = random.nextInt(10);
        if (dice < 4) {
            send(random.nextInt(PRODUCERS));
        } else if (dice < 9) {
            List<QueueService> all = cluster.services();
            if (!all.isEmpty() && random.nextInt(10) < rushed) {
                rush(all.get(random.nextInt(all.size())));
            } else {
                consume();
            }
        } else {
            transact();
        }
    }

    private void send(int producer) {
        Link link = links.get(producer);
        if (link == null || !link.service().isOpen(link.term())) {
            link = connect();
            links.set(producer, link);
        }
        int burst = random.nextInt(8) == 0 ? 30 : 1 + random.nextInt(3);
        for (int i = 0; link != null && i < burst; i++) {
            int message = ++lastMessage;
            history.add(new History.Sent(link.number(), message));
            link.service().propose(List.of(new QueueMachine.Enqueue(message)), () -> confirmSend(message));
        }
    }

    private void confirmSend(int message) {
        cluster.counters.confirmed++;
        history.add(new History.SendConfirmed(message));
    }

    private @Nullable Link connect() {
        QueueService service = anyOpen();
        return service == null ? null : new Link(++lastLink, service, service.term());
    }

    private @Nullable QueueService anyOpen() {
        List<QueueService> open = cluster.services().stream()
                .filter(service -> service.process().isOpen())
                .toList();
        return open.isEmpty() ? null : open.get(random.nextInt(open.size()));
    }

    /** Consumers take all that they can get from one node, and settle it at once. */
    void rush(QueueService service) {
        for (int i = 0; i < RUSH && !draining; i++) {
            QueueService.Delivery delivery = deliver(service);
            if (delivery == null) {
                return;
            }
            settle(delivery);
        }
    }

    private QueueService.@Nullable Delivery deliver() {
        List<QueueService> all = cluster.services();
        return all.isEmpty() ? null : deliver(all.get(random.nextInt(all.size())));
    }

    private QueueService.@Nullable Delivery deliver(QueueService service) {
        QueueService.Delivery delivery = service.deliver();
        if (delivery != null) {
            history.add(new History.Delivered(delivery.message()));
        }
        return delivery;
    }

    private void consume() {
        QueueService.Delivery delivery = deliver();
        if (delivery != null) {
            int dice = random.nextInt(10);
            cluster.time.after(random.nextInt((int) THINKING_MICROS), () -> {
                if (dice < released) {
                    delivery.service().release(delivery);
                } else {
                    settle(delivery);
                }
            });
        }
    }

    private void settle(QueueService.Delivery delivery) {
        QueueService service = delivery.service();
        if (service.isHeld(delivery)) {
            int message = delivery.message();
            service.leave(delivery);
            history.add(new History.Settled(message));
            service.propose(
                    List.of(new QueueMachine.Settle(delivery.index())),
                    () -> history.add(new History.SettleConfirmed(message)));
        }
    }

    private void transact() {
        QueueService.Delivery delivery = deliver();
        QueueService service = delivery != null ? delivery.service() : anyOpen();
        if (service == null || !service.process().isOpen()) {
            return;
        }
        int transaction = ++lastTransaction;
        int term = service.term();
        List<Integer> posted = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            posted.add(++lastMessage);
        }
        posted.forEach(message -> service.propose(List.of(new QueueMachine.Post(transaction, message)), () -> {}));
        cluster.time.after(random.nextInt((int) THINKING_MICROS), () -> {
            if (service.isOpen(term) && (delivery == null || service.isHeld(delivery))) {
                commit(service, transaction, posted, delivery);
            }
        });
    }

    private void commit(
            QueueService service, int transaction, List<Integer> posted, QueueService.@Nullable Delivery delivery) {
        List<Integer> retired = delivery == null ? List.of() : List.of(delivery.message());
        List<Long> retiredIndices = delivery == null ? List.of() : List.of(delivery.index());
        if (delivery != null) {
            service.leave(delivery);
        }
        history.add(new History.CommitAsked(transaction, posted, retired));
        service.propose(List.of(new QueueMachine.Commit(transaction, retiredIndices)), () -> {
            cluster.counters.transactions++;
            history.add(new History.CommitConfirmed(transaction));
        });
    }

    private void drainSome() {
        for (QueueService service : cluster.services()) {
            service.releaseAll();
            QueueService.Delivery delivery = service.deliver();
            while (delivery != null) {
                history.add(new History.Delivered(delivery.message()));
                settle(delivery);
                delivery = service.isHeld(delivery) ? null : service.deliver();
            }
        }
    }
}
