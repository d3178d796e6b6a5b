/** Messages as spans of OpenTelemetry, whose context travels with them. The only room that knows OpenTelemetry. */
@NullMarked
package dev.godwit.jms.observe.tracing;

import org.jspecify.annotations.NullMarked;
