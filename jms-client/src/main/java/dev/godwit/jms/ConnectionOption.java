package dev.godwit.jms;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** What may stand behind the {@code ?} of a connection URI: the one table of names, defaults and meanings. */
enum ConnectionOption {
    CLIENT_ID("jms.clientID", "", "how the broker knows the connection; may be connected only once"),
    USERNAME("jms.username", "", "the user to come in as, unless createConnection names one"),
    PASSWORD("jms.password", "", "that user's password"),
    PREFETCH("jms.prefetch", "1000", "messages that a consumer holds before they are asked for; 0 for none"),
    CONNECT_TIMEOUT("jms.connectTimeout", "15000", "milliseconds until the broker has let us in; -1 for no limit"),
    REQUEST_TIMEOUT("jms.requestTimeout", "60000", "milliseconds until the broker has answered; -1 for no limit"),
    SEND_TIMEOUT("jms.sendTimeout", "60000", "milliseconds until the broker has taken a message; -1 for no limit"),
    CLOSE_TIMEOUT("jms.closeTimeout", "60000", "milliseconds until a close is done; -1 for no limit"),
    SEND_WINDOW("jms.sendWindowBytes", "8388608", "bytes of a session on their way that nobody waits for"),
    FORCE_SYNC_SEND("jms.forceSyncSend", "false", "every send waits for the broker's answer"),
    FORCE_ASYNC_SEND("jms.forceAsyncSend", "false", "no send waits for the broker's answer"),
    LOCAL_MESSAGE_EXPIRY("jms.localMessageExpiry", "true", "consumers drop messages whose time is over"),
    ALLOW_LIST("jms.deserializationPolicy.allowList", "", "classes and packages that object messages may hold"),
    DENY_LIST("jms.deserializationPolicy.denyList", "", "classes and packages that they may not, whatever is allowed"),
    VIRTUAL_HOST("amqp.vhost", "", "the host name told to the broker; that of the URI by default"),
    IDLE_TIMEOUT("amqp.idleTimeout", "60000", "milliseconds of silence after which the broker is lost; 0 for no limit"),
    MAX_FRAME_SIZE("amqp.maxFrameSize", "131072", "bytes of the longest frame that we take");

    private final String key;
    private final String defaultValue;
    private final String description;

    ConnectionOption(String key, String defaultValue, String description) {
        this.key = key;
        this.defaultValue = defaultValue;
        this.description = description;
    }

    String key() {
        return key;
    }

    String defaultValue() {
        return defaultValue;
    }

    String description() {
        return description;
    }

    /** Null when there is none of that name. */
    static @Nullable ConnectionOption named(String key) {
        for (ConnectionOption option : values()) {
            if (option.key.equals(key)) {
                return option;
            }
        }
        return null;
    }

    /** The option whose name is most like it, for who has mistyped one. */
    static ConnectionOption nearest(String key) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(option -> distance(key, option.key)))
                .orElse(CLIENT_ID);
    }

    /** Letters to add, drop or change, whatever their case. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int changed = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
