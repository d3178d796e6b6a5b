package dev.godwit.amqp.type;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection, session, link or delivery was refused or ended (AMQP 1.0 §2.8.14).
 *
 * @param description for a human: what was wrong and what to do
 * @param info further facts for a program; empty when there are none
 */
public record ErrorCondition(Symbol condition, @Nullable String description, Map<Symbol, Object> info) {
    public ErrorCondition(Symbol condition, @Nullable String description) {
        this(condition, description, Map.of());
    }
}
