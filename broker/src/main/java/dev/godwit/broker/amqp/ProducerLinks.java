package dev.godwit.broker.amqp;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.ProducerCredit;
import dev.godwit.broker.address.ProducerSurvey;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The producers' links of all loops, each asked on its own. Any thread may ask; lives as long as the broker. */
public final class ProducerLinks implements ProducerSurvey {
    private static final Comparator<ProducerCredit> BLOCKED_FIRST =
            Comparator.comparing(each -> each.why() == CreditReason.HAS_CREDIT);

    /** Filled before the first client can come. */
    private final List<BrokerContainer> containers = new CopyOnWriteArrayList<>();

    /** The links of this one are among them. */
    public void add(BrokerContainer container) {
        containers.add(container);
    }

    @Override
    public void find(String name, int countMax, EventLoop caller, Consumer<List<ProducerCredit>> told) {
        var asked = List.copyOf(containers);
        var gathering = new Gathering(countMax, asked.size(), caller, told);
        if (asked.isEmpty()) {
            caller.execute(() -> told.accept(List.of()));
        }
        asked.forEach(container ->
                container.producersOf(name, countMax, found -> caller.execute(() -> gathering.add(found))));
    }

    /** What the loops answer. Owned by the loop that asked. */
    private static final class Gathering {
        private final int countMax;
        private final EventLoop caller;
        private final Consumer<List<ProducerCredit>> told;
        private final List<ProducerCredit> all = new ArrayList<>();
        private int missing;

        Gathering(int countMax, int missing, EventLoop caller, Consumer<List<ProducerCredit>> told) {
            this.countMax = countMax;
            this.missing = missing;
            this.caller = caller;
            this.told = told;
        }

        void add(List<ProducerCredit> found) {
            caller.assertCurrent();
            all.addAll(found);
            if (--missing == 0) {
                told.accept(all.stream().sorted(BLOCKED_FIRST).limit(countMax).toList());
            }
        }
    }
}
