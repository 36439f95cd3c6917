package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.Numbers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Redis 7.0 prints scores with seventeen digits, 7.2 and we with as few as needed: the same number counts as equal. */
final class RedisDoubles {
    private static final Pattern BULK = Pattern.compile("\\$\\d+\r\n(-?\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)(?=\r\n)");
    private static final Pattern DOUBLE = Pattern.compile(",(-?\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)(?=\r\n)");

    private RedisDoubles() {}

    /** The reply of a command on sorted sets with every number as we print it. */
    static String printed(String reply) {
        return replace(DOUBLE, replace(BULK, reply, "\\$"), ",");
    }

    private static String replace(Pattern pattern, String reply, String mark) {
        Matcher matcher = pattern.matcher(reply);
        StringBuilder printed = new StringBuilder();
        while (matcher.find()) {
            String text = Bytes.text(Numbers.formatDouble(Double.parseDouble(matcher.group(1))));
            matcher.appendReplacement(printed, mark + text);
        }
        return matcher.appendTail(printed).toString();
    }
}
