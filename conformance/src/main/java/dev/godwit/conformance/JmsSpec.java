package dev.godwit.conformance;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What of Jakarta Messaging 3.1 a test proves: a requirement of {@code jms-requirements.txt} by its id, such as {@code
 * "6.1.5/waits-for-listeners"}, or a section, as with {@link Spec}. On a class it holds for each of its tests.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface JmsSpec {
    String[] value();
}
