package dev.godwit.amqp.type;

import java.util.List;

/** The target of a link on which transactions are declared and discharged (AMQP 1.0 §4.5.1). */
public record Coordinator(List<Symbol> capabilities) implements LinkTarget {}
