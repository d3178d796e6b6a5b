package dev.godwit.conformance;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What of AMQP 1.0 a test proves: a requirement of {@code requirements.txt} by its id, such as {@code "2.7.1/max-frame"},
 * or a section, such as {@code "2.7.1"}. A section alone stands for its requirement where it has only one, and else says
 * merely what the test is about. On a class it holds for each of its tests.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Spec {
    String[] value();
}
