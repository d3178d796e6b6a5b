package dev.godwit.broker.transaction;

import java.util.Locale;

/**
 * The life of a prepared transaction.
 *
 * <pre>
 *   PREPARING ── all on stable storage ──▶ PREPARED ── commit ──▶ COMMITTING ── all applied ──▶ (gone)
 *       ├── roll back ──────────────┐         └── roll back ──┐
 *       └── not taken ──▶ (gone)     └────────────────────────┴──▶ ROLLING_BACK ── on stable storage ──▶ (gone)
 * </pre>
 */
enum PreparedState {
    /** Its shards are putting it on record. It may be rolled back, which waits for them, and not be committed yet. */
    PREPARING,
    /** It waits for the decision, also over a restart. */
    PREPARED,
    /** It is decided: all of it happens. */
    COMMITTING,
    /** It is decided: nothing of it happens. */
    ROLLING_BACK;

    /** As answers have it: in small letters, with hyphens. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
