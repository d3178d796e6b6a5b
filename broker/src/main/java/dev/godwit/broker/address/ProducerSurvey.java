package dev.godwit.broker.address;

import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.function.Consumer;

/** Finds those who send to an address. Any loop may ask; the answer comes on the loop that asked. */
public interface ProducerSurvey {
    /**
     * Tells of producers whose links lead to an address, and of those without an address of their own that have sent there.
     *
     * @param name of a queue or topic, or of the management node
     * @param countMax at most so many; those without credit come first
     */
    void find(String name, int countMax, EventLoop caller, Consumer<List<ProducerCredit>> told);
}
