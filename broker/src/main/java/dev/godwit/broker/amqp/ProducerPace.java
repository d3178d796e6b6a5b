package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.intake.Rate;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How fast one producer link may go on, and how long its messages may be: by the address that it sends to, and by its user. What
 * came is charged when credit is due for it; while that is not paid for, the link gets none. Costs a link that nothing
 * limits a look at two fields for each message. Owned by the link's loop; lives as long as the link.
 */
final class ProducerPace {
    /** Who waits longer looks in between whether other rules hold. */
    private static final long LOOK_MILLIS = 250;

    private final EventLoop owner;
    private final Clock clock;
    private final Rates rates;

    /** Null when each message names its own. */
    private final @Nullable String address;

    /** What its connection shares with others, of its user or its tenant. */
    private final List<Rate> ofSender;

    private final long messageBytesMaxOfAll;
    private @Nullable Rate ofAddress;
    private long messageBytesMax;
    private int generation;

    /** What came and was not charged. */
    private long messages;

    private long bytes;

    /** When what was charged is paid for, if {@link #owes}. */
    private long paidAtNanos;

    private boolean owes;

    /** Of addresses that the messages named themselves: the least that one producer should have under way there. */
    private long messagesShareNamed = Long.MAX_VALUE;

    private EventLoop.@Nullable Timer timer;
    private boolean gone;

    /**
     * @param address null when each message names its own
     * @param ofSender what its connection shares with others
     */
    ProducerPace(
            EventLoop owner,
            Clock clock,
            Rates rates,
            @Nullable String address,
            List<Rate> ofSender,
            long messageBytesMaxOfAll) {
        this.owner = owner;
        this.clock = clock;
        this.rates = rates;
        this.address = address;
        this.ofSender = List.copyOf(ofSender);
        this.messageBytesMaxOfAll = messageBytesMaxOfAll;
        this.generation = rates.generation();
        ofSender.forEach(Rate::join);
        learn();
    }

    private void learn() {
        var before = ofAddress;
        if (address == null) {
            messageBytesMax = messageBytesMaxOfAll;
        } else {
            ofAddress = rates.ofAddress(address, true);
            long ofThere = rates.messageBytesMax(address);
            messageBytesMax = ofThere == 0 ? messageBytesMaxOfAll : Math.min(ofThere, messageBytesMaxOfAll);
        }
        if (before != null) {
            before.leave();
        }
        // Who comes while others owe waits like them.
        long nowNanos = clock.nanoTime();
        if (ofAddress != null) {
            owe(ofAddress.charge(0, 0, nowNanos));
        }
        for (var each : ofSender) {
            owe(each.charge(0, 0, nowNanos));
        }
    }

    /** Bytes that a message may have. */
    long messageBytesMax() {
        return messageBytesMax;
    }

    /** Why a message that has so many bytes, or more, is too long; null when it is not. */
    @Nullable
    ErrorCondition objectionTo(long messageBytes) {
        return messageBytes <= messageBytesMax ? null : tooLong(messageBytesMax, address);
    }

    static ErrorCondition tooLong(long bytesMax, @Nullable String address) {
        return AmqpError.MESSAGE_SIZE_EXCEEDED.because("a message" + (address == null ? "" : " to '" + address + "'")
                + " is longer than " + bytesMax + " bytes");
    }

    private boolean isLimited() {
        return ofAddress != null || !ofSender.isEmpty();
    }

    /** A message has come, or begun to. */
    void onArrived(long itsBytes) {
        if (isLimited()) {
            messages++;
            bytes += itsBytes;
        }
    }

    /** More of it has come. */
    void onMoreArrived(long itsBytes) {
        if (isLimited()) {
            bytes += itsBytes;
        }
    }

    /** Messages, or parts of one, have come to an address that the message itself named. */
    void onArrivedAt(Rate named, long itsMessages, long itsBytes) {
        owe(named.charge(itsMessages, itsBytes, clock.nanoTime()));
        messagesShareNamed = Math.min(messagesShareNamed, named.messagesShare());
    }

    private void owe(long waitNanos) {
        if (waitNanos > 0) {
            long until = clock.nanoTime() + waitNanos;
            paidAtNanos = owes && paidAtNanos - until > 0 ? paidAtNanos : until;
            owes = true;
        }
    }

    /**
     * Whether the link may be given credit now.
     *
     * @param window is bounded by what one producer should have under way
     * @param later is run when the time has come, if it has not
     */
    boolean mayGoOn(CreditWindow window, Runnable later) {
        if (gone || timer != null) {
            return false;
        }
        if (generation != rates.generation()) {
            generation = rates.generation();
            charge();
            owes = false;
            messagesShareNamed = Long.MAX_VALUE;
            learn();
        }
        charge();
        bound(window);
        if (!owes) {
            return true;
        }
        long leftNanos = paidAtNanos - clock.nanoTime();
        if (leftNanos <= 0) {
            owes = false;
            return true;
        }
        long leftMillis = (leftNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1) / TimeUnit.MILLISECONDS.toNanos(1);
        timer = owner.schedule(Math.min(LOOK_MILLIS, leftMillis), () -> {
            timer = null;
            later.run();
        });
        return false;
    }

    /** True while the link is given no credit because it, or others with it, sent too much in too short a time. */
    boolean isHeldBack() {
        return timer != null;
    }

    /** In turn: what others are charged later does not count for this link. */
    private void charge() {
        if (messages == 0 && bytes == 0) {
            return;
        }
        long nowNanos = clock.nanoTime();
        if (ofAddress != null) {
            owe(ofAddress.charge(messages, bytes, nowNanos));
        }
        for (var each : ofSender) {
            owe(each.charge(messages, bytes, nowNanos));
        }
        messages = 0;
        bytes = 0;
    }

    private void bound(CreditWindow window) {
        long messagesShare = messagesShareNamed;
        long bytesShare = Long.MAX_VALUE;
        if (ofAddress != null) {
            messagesShare = Math.min(messagesShare, ofAddress.messagesShare());
            bytesShare = ofAddress.bytesShare();
        }
        for (var each : ofSender) {
            messagesShare = Math.min(messagesShare, each.messagesShare());
            bytesShare = Math.min(bytesShare, each.bytesShare());
        }
        window.bound(messagesShare, bytesShare);
    }

    /** The link is gone. */
    void leave() {
        if (gone) {
            return;
        }
        gone = true;
        charge();
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (ofAddress != null) {
            ofAddress.leave();
        }
        ofSender.forEach(Rate::leave);
    }
}
