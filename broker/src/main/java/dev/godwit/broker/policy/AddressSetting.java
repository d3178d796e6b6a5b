package dev.godwit.broker.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be set for an address: for each that a pattern matches, and for one by itself. All that there are are
 * constants here, so that configuration, management and documentation know the same ones.
 */
public final class AddressSetting<T> {
    private static final List<AddressSetting<?>> ALL = new ArrayList<>();

    private static final int ADDRESS_LENGTH_MAX = 1_024;
    private static final long MESSAGES_MAX = 1_000_000_000_000L;

    private static final long RETRY_DELAY_MAX_MILLIS = 30L * 24 * 3_600_000;

    public static final AddressSetting<Long> DELIVERY_ATTEMPTS_MAX = setting(
            "delivery-attempts-max",
            SettingTypes.wholeNumber(0, Integer.MAX_VALUE),
            10L,
            "Failed attempts before a message goes to the dead-letter address; 0 for no limit. Without any policy, what"
                    + " `queues.delivery-attempts-max` says");

    public static final AddressSetting<String> DEAD_LETTER_ADDRESS = setting(
            "dead-letter-address",
            SettingTypes.text(0, ADDRESS_LENGTH_MAX),
            "DLQ",
            "Where rejected messages go, and those with too many attempts; empty to drop them. Without any policy, what"
                    + " `queues.dead-letter-address` says");

    public static final AddressSetting<Long> MAX_MESSAGES = setting(
            "max-messages",
            SettingTypes.wholeNumber(0, MESSAGES_MAX),
            0L,
            "Messages that a queue may hold, those that consumers have included; 0 for no limit. What transactions post"
                    + " comes on top");

    private static final long BYTES_MIN = 1L << 10;
    private static final long BYTES_MAX = 1L << 50;

    public static final AddressSetting<Long> MAX_BYTES = setting(
            "max-bytes",
            SettingTypes.size(BYTES_MIN, BYTES_MAX, "no limit"),
            0L,
            "Bytes of messages, encoded, that a queue may hold, those that consumers have included. What transactions post"
                    + " comes on top; a longer message is refused");

    public static final AddressSetting<WhenFull> WHEN_FULL = setting(
            "when-full",
            SettingTypes.oneOf(WhenFull.class),
            WhenFull.BLOCK,
            "What happens to the next one: it waits, unconfirmed, until there is room (block), is refused with"
                    + " amqp:resource-limit-exceeded (reject), or the oldest of the lowest priority that nobody has is"
                    + " dropped for it (drop-oldest). Subscriptions that are not durable always drop; one that rejects misses the message");

    private static final long MESSAGE_SIZE_MAX = 1L << 30;
    private static final long RATE_MAX = 1_000_000_000L;
    private static final long RATE_BYTES_MAX = 1L << 40;
    private static final long BURST_MAX_MILLIS = 3_600_000;

    public static final AddressSetting<Long> MAX_MESSAGE_SIZE = setting(
            "max-message-size",
            SettingTypes.size(1L, MESSAGE_SIZE_MAX, "what `amqp.max-message-size` says"),
            0L,
            "Bytes that a message may have which a producer sends here. Links are told; a longer one ends its link with"
                    + " amqp:link:message-size-exceeded. Never more than `amqp.max-message-size`");

    public static final AddressSetting<Long> MAX_RATE_MESSAGES = setting(
            "max-rate-messages",
            SettingTypes.wholeNumber(0, RATE_MAX),
            0L,
            "Messages that producers may send here in a second, all together; 0 for no limit. They wait for credit");

    public static final AddressSetting<Long> MAX_RATE_BYTES = setting(
            "max-rate-bytes",
            SettingTypes.size(BYTES_MIN, RATE_BYTES_MAX, "no limit"),
            0L,
            "Bytes of messages, encoded, that producers may send here in a second, all together. They wait for credit");

    public static final AddressSetting<Long> RATE_BURST = setting(
            "rate-burst",
            SettingTypes.duration(1, BURST_MAX_MILLIS, null),
            1_000L,
            "What may come in so long a time may come at once, after a time in which nothing came");

    /** Those that whoever takes messages in must know before they reach the queue. */
    static final List<AddressSetting<?>> OF_PRODUCERS =
            List.of(MAX_MESSAGE_SIZE, MAX_RATE_MESSAGES, MAX_RATE_BYTES, RATE_BURST);

    private static final int PRIORITIES = 10;
    private static final int WEIGHT_MAX = 1_000;

    public static final AddressSetting<PriorityMode> PRIORITY_MODE = setting(
            "priority-mode",
            SettingTypes.oneOf(PriorityMode.class),
            PriorityMode.AGED,
            "Which message goes first: the one with the highest priority (`strict`); that one too, but none waits for longer"
                    + " than `priority-max-wait` (`aged`); each priority has a share (`weighted`); or the oldest (`none`)");

    public static final AddressSetting<Long> PRIORITY_MAX_WAIT = setting(
            "priority-max-wait",
            SettingTypes.duration(1, 24 * 3_600_000, null),
            10_000L,
            "With `aged`: so long messages of higher priority may be given out before one");

    public static final AddressSetting<List<Long>> PRIORITY_WEIGHTS = setting(
            "priority-weights",
            SettingTypes.wholeNumbers(PRIORITIES, 1, WEIGHT_MAX),
            List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L),
            "With `weighted`: the shares of priorities 0 to 9");

    public static final AddressSetting<Boolean> MESSAGE_GROUPS = setting(
            "message-groups",
            SettingTypes.onOff(),
            true,
            "Messages with the same group-id go to one consumer at a time, in order");

    public static final AddressSetting<Boolean> EXCLUSIVE_CONSUMER = setting(
            "exclusive-consumer",
            SettingTypes.onOff(),
            false,
            "Only one consumer at a time is given messages: the first that came. When it leaves, the next one takes over");

    public static final AddressSetting<Long> RETRY_DELAY = setting(
            "retry-delay",
            SettingTypes.duration(1, RETRY_DELAY_MAX_MILLIS, "at once"),
            0L,
            "How long a message waits after its first failed attempt before it is given out again; others do not wait for it");

    public static final AddressSetting<Double> RETRY_DELAY_MULTIPLIER = setting(
            "retry-delay-multiplier",
            SettingTypes.decimal(1, 1_000),
            1.0,
            "How many times longer it waits after each further one");

    public static final AddressSetting<Long> RETRY_DELAY_MAX = setting(
            "retry-delay-max",
            SettingTypes.duration(1, RETRY_DELAY_MAX_MILLIS, null),
            3_600_000L,
            "It never waits longer");

    public static final AddressSetting<Double> RETRY_JITTER = setting(
            "retry-jitter",
            SettingTypes.decimal(0, 1),
            0.0,
            "By which part of that time it may be shorter or longer, so that what failed together does not come back together");

    private static final long TTL_MAX_MILLIS = 3_650L * 24 * 3_600_000;

    public static final AddressSetting<Long> MESSAGE_TTL = setting(
            "message-ttl",
            SettingTypes.duration(1, TTL_MAX_MILLIS, "no limit"),
            0L,
            "No message that a producer sends lives longer than this in a queue, whatever its own time to live; holds for"
                    + " messages that come from then on");

    public static final AddressSetting<String> EXPIRY_ADDRESS = setting(
            "expiry-address",
            SettingTypes.text(0, ADDRESS_LENGTH_MAX),
            "",
            "Where messages go whose time to live has ended; empty to drop them");

    private static final long UNUSED_MIN_MILLIS = 1_000;

    public static final AddressSetting<Long> AUTO_DELETE_AFTER = setting(
            "auto-delete-after",
            SettingTypes.duration(UNUSED_MIN_MILLIS, TTL_MAX_MILLIS, "never"),
            0L,
            "A queue or topic that was made on demand is removed when it is empty and no link has had it at its end for so"
                    + " long");

    private static final long HELD_MAX_MILLIS = 7L * 24 * 3_600_000;

    public static final AddressSetting<Long> LOCK_DURATION = setting(
            "lock-duration",
            SettingTypes.duration(1, HELD_MAX_MILLIS, "no lock"),
            0L,
            "How long a consumer has a message to itself: one that it has not settled by then goes back to the queue, as after"
                    + " a failed attempt");

    public static final AddressSetting<Long> CONSUMER_TIMEOUT = setting(
            "consumer-timeout",
            SettingTypes.duration(1, HELD_MAX_MILLIS, "no limit"),
            0L,
            "A consumer that has a message for longer than this without settling it is detached");

    private static final long DAY_MILLIS = 24 * 3_600_000;

    private static final long SLOW_PERIOD_MAX_MILLIS = 24L * 3_600_000;

    public static final AddressSetting<SlowConsumer> SLOW_CONSUMER = setting(
            "slow-consumer",
            SettingTypes.oneOf(SlowConsumer.class),
            SlowConsumer.NONE,
            "What becomes of a consumer that settles fewer messages than it should: it is named in the log and in management"
                    + " (notify), or is detached, too (detach)");

    public static final AddressSetting<Double> SLOW_CONSUMER_RATE = setting(
            "slow-consumer-rate",
            SettingTypes.decimal(0.001, 1_000_000),
            1.0,
            "Messages that it should settle in a second, if it has as many, or could have them");

    public static final AddressSetting<Long> SLOW_CONSUMER_PERIOD = setting(
            "slow-consumer-period",
            SettingTypes.duration(100, SLOW_PERIOD_MAX_MILLIS, null),
            30_000L,
            "Over so long a time that is looked at");

    public static final AddressSetting<Double> CIRCUIT_BREAKER_RATIO = setting(
            "circuit-breaker-ratio",
            SettingTypes.decimal(0, 1),
            0.0,
            "When this part of the deliveries fails, or more, a queue gives nothing out for a time; 0 for never. What is"
                    + " rejected has failed, too");

    public static final AddressSetting<Long> CIRCUIT_BREAKER_WINDOW = setting(
            "circuit-breaker-window",
            SettingTypes.duration(100, DAY_MILLIS, null),
            30_000L,
            "The deliveries count that ended within so long a time");

    public static final AddressSetting<Long> CIRCUIT_BREAKER_MIN_SAMPLES = setting(
            "circuit-breaker-min-samples",
            SettingTypes.wholeNumber(1, 1_000_000),
            20L,
            "As long as these are fewer, nothing comes of it");

    public static final AddressSetting<Long> CIRCUIT_BREAKER_PAUSE = setting(
            "circuit-breaker-pause",
            SettingTypes.duration(10, DAY_MILLIS, null),
            5_000L,
            "How long the first pause is. Then one message at a time is given out: when it is accepted all goes on, when it"
                    + " fails there is another pause, twice as long as the one before");

    public static final AddressSetting<Long> CIRCUIT_BREAKER_PAUSE_MAX = setting(
            "circuit-breaker-pause-max", SettingTypes.duration(10, DAY_MILLIS, null), 300_000L, "None is longer");

    public static final AddressSetting<Deferral> DEFERRAL = setting(
            "deferral",
            SettingTypes.oneOf(Deferral.class),
            Deferral.OFF,
            "Whether consumers may lay messages aside, to be fetched by number later: by `modified` with the annotation"
                    + " x-opt-deferred (`annotation`), or also with undeliverable-here (`undeliverable-here`)");

    private static final int DUPLICATE_ENTRIES_MAX_MAX = 10_000_000;

    public static final AddressSetting<Long> DUPLICATE_WINDOW = setting(
            "duplicate-window",
            SettingTypes.duration(1_000, 30L * 24 * 3_600_000, "off"),
            0L,
            "For so long it is remembered which messages came: one that is sent again is accepted, and not enqueued again");

    public static final AddressSetting<String> DUPLICATE_KEY = setting(
            "duplicate-key",
            SettingTypes.text(1, 255),
            "message-id",
            "By what a message is known when it comes again: its `message-id`, or the application property or message"
                    + " annotation of this name");

    public static final AddressSetting<Long> DUPLICATE_ENTRIES_MAX = setting(
            "duplicate-entries-max",
            SettingTypes.wholeNumber(1, DUPLICATE_ENTRIES_MAX_MAX),
            100_000L,
            "No more messages, and no more producers, are remembered in a queue: the oldest are forgotten earlier. Each"
                    + " takes 48 bytes of memory");

    public static final AddressSetting<String> LAST_VALUE_KEY = setting(
            "last-value-key",
            SettingTypes.text(0, 255),
            "",
            "Of the messages that say the same under this name, an application property or a message annotation, only the"
                    + " newest is kept; empty for all");

    /** What changes with each delivery, and names of which there is another form. */
    private static final Pattern NOT_INDEXED = Pattern.compile("amqp\\..*|JMSRedelivered|JMSXDeliveryCount");

    public static final AddressSetting<List<String>> INDEXED_PROPERTIES = setting(
            "indexed-properties",
            SettingTypes.names(8, 255, NOT_INDEXED, "not JMSRedelivered, JMSXDeliveryCount nor what begins with amqp."),
            List.of(),
            "Names of application properties, or of headers as JMS calls them, with commas between: consumers whose selectors"
                    + " ask for values of these find their messages in a long queue at once. Each takes 4 bytes for a"
                    + " message, or 8 for numbers");

    public static final AddressSetting<String> FAIR_SHARE_KEY = setting(
            "fair-share-key",
            SettingTypes.text(0, 255),
            "",
            "Messages that say different things under this name, an application property, a message annotation, `group-id` or"
                    + " `user-id`, are given out in turn, so that one who sends many keeps nobody else waiting; empty for"
                    + " all in order");

    private final String name;
    private final SettingType<T> type;
    private final T fallback;
    private final String purpose;

    private AddressSetting(String name, SettingType<T> type, T fallback, String purpose) {
        this.name = name;
        this.type = type;
        this.fallback = fallback;
        this.purpose = purpose;
    }

    private static <T> AddressSetting<T> setting(String name, SettingType<T> type, T fallback, String purpose) {
        var made = new AddressSetting<>(name, type, fallback, purpose);
        ALL.add(made);
        return made;
    }

    /** All that there are, in the order in which they are documented. */
    public static List<AddressSetting<?>> all() {
        return Collections.unmodifiableList(ALL);
    }

    /** Null when there is none of that name. */
    public static @Nullable AddressSetting<?> find(String name) {
        for (var each : ALL) {
            if (each.name.equals(name)) {
                return each;
            }
        }
        return null;
    }

    /** As it is written in files: small letters and hyphens. */
    public String name() {
        return name;
    }

    public SettingType<T> type() {
        return type;
    }

    /** What holds where nobody says anything. */
    public T fallback() {
        return fallback;
    }

    /** One line for whoever may set it. */
    public String purpose() {
        return purpose;
    }

    @Override
    public String toString() {
        return name;
    }
}
