package dev.godwit.distribution.journal;

import java.util.Map;

/** Told what an export holds, in its order. */
interface ExportHandler {
    void onQueue(String name, long createdAtMillis, String creator, Map<String, String> settings);

    void onMessage(ImportedMessage message, byte[] body);

    /** A message that comes in parts: they follow. */
    void onLargeMessage(ImportedMessage message, long bytes);

    /** The next part of the last {@link #onLargeMessage}. */
    void onPart(byte[] body, boolean isLast);
}
