package io.aikv.server.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a record component a key of the configuration file, named as the component in kebab-case. The component's type
 * decides what is accepted; {@code long} means a size in bytes where {@link #size} is set.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {
    /** The default as it would stand in the file, without quotes; the entries of a list are separated by commas. A list may
     * only be set to be empty if it is by default. */
    String value() default "";

    /** Whether the number is a size in bytes, which may be written {@code "64kb"}. */
    boolean size() default false;

    long min() default 0;

    long max() default Long.MAX_VALUE;

    /** For strings: the words that are allowed; empty for any text. */
    String[] allowed() default {};
}
