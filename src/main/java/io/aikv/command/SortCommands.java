package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.base.Slots;
import io.aikv.data.CollectionElements;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ListWriter;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SORT and SORT_RO. Cost: all elements of the key, for BY and GET a point read or two for each. With LIMIT only as many are
 * kept in memory as the end of the range needs.
 */
final class SortCommands {
    private static final String NOT_A_NUMBER = "ERR One or more scores can't be converted into double";

    /** So many elements more than the range needs are collected before those that are too many go. */
    private static final int SURPLUS = 1024;

    private static final KeySpec.Finder NOWHERE = (argv, visitor) -> {};

    /** Whether keys made of patterns must be in the slot of the key, as in a cluster. */
    private final boolean withinSlot;

    private SortCommands(boolean withinSlot) {
        this.withinSlot = withinSlot;
    }

    /** @param clusterEnabled as {@link Families#register(CommandTable, int, boolean)} */
    static void register(CommandTable table, boolean clusterEnabled) {
        SortCommands commands = new SortCommands(clusterEnabled);
        KeySpec sorted = key(1, RO, ACCESS);
        KeySpec patterns = KeySpec.unknown(NOWHERE, RO, ACCESS);
        KeySpec stored = KeySpec.unknown(SortOptions::findStore, OW, UPDATE);
        table.group(Group.GENERIC)
                .write("SORT", -2, List.of(sorted, patterns, stored), commands::sort, DENYOOM)
                .read("SORT_RO", -2, List.of(sorted, patterns), commands::sortRo);
    }

    private Reply sort(WriteContext context, Args args) {
        byte[] key = args.take();
        SortOptions options = SortOptions.take(args, true, slotOf(key));
        List<byte @Nullable []> result = result(context, key, options);
        byte[] store = options.store();
        if (store == null) {
            return reply(result);
        }
        if (!result.isEmpty()) {
            ListWriter list = ListWriter.replace(context, store);
            for (byte[] value : result) {
                list.push(false, value == null ? Bytes.EMPTY : value);
            }
            list.finish();
            context.changed(EventClass.LIST, "sortstore", store);
        } else if (context.remove(store)) {
            context.changed(EventClass.GENERIC, "del", store);
        }
        return Reply.integer(result.size());
    }

    private Reply sortRo(ReadContext context, Args args) {
        byte[] key = args.take();
        return reply(result(context, key, SortOptions.take(args, false, slotOf(key))));
    }

    private int slotOf(byte[] key) {
        return withinSlot ? Slots.of(key) : -1;
    }

    private static Reply reply(List<byte @Nullable []> values) {
        List<Reply> replies = new ArrayList<>(values.size());
        for (byte[] value : values) {
            replies.add(Reply.bulkOrNull(value));
        }
        return Reply.array(replies);
    }

    // ---- what comes out ----

    private static List<byte @Nullable []> result(ReadContext context, byte[] key, SortOptions options) {
        KeyRecord record = context.find(key);
        if (record == null) {
            return List.of();
        }
        if (!CollectionElements.hasElements(record.type())) {
            throw Errors.wrongType();
        }
        if (record.type() == Type.SET) {
            options.sortUnordered();
        }
        List<byte[]> elements =
                options.sorted() ? sorted(context, key, record, options) : part(context, key, record, options);
        List<byte @Nullable []> result =
                new ArrayList<>(elements.size() * Math.max(1, options.gets().size()));
        if (options.gets().isEmpty()) {
            result.addAll(elements);
            return result;
        }
        List<SortPattern> gets = options.gets().stream().map(SortPattern::new).toList();
        for (byte[] element : elements) {
            for (SortPattern get : gets) {
                result.add(get.value(context, element));
            }
        }
        return result;
    }

    private static List<byte[]> part(ReadContext context, byte[] key, KeyRecord record, SortOptions options) {
        long size = CollectionElements.count(record);
        List<byte[]> elements = new ArrayList<>();
        CollectionElements.Part part =
                new CollectionElements.Part(options.descending(), options.offset(size), options.wanted(size));
        CollectionElements.forEach(context, key, record, part, elements::add);
        return elements;
    }

    private static List<byte[]> sorted(ReadContext context, byte[] key, KeyRecord record, SortOptions options) {
        long size = CollectionElements.count(record);
        long from = options.offset(size);
        long to = from + options.wanted(size);
        Sorter sorter = new Sorter(context, options, to);
        CollectionElements.forEach(context, key, record, CollectionElements.Part.ALL, sorter::add);
        return sorter.sorted((int) from);
    }

    /**
     * An element and what decides its place.
     *
     * @param text null: nothing was found at the place that BY names
     */
    private record Item(byte[] element, double number, byte @Nullable [] text) {
        /** By number, then by the bytes of the elements. */
        static final Comparator<Item> BY_NUMBER =
                (a, b) -> a.number < b.number ? -1 : a.number > b.number ? 1 : Bytes.compare(a.element, b.element);

        static final Comparator<Item> BY_TEXT = (a, b) -> {
            if (a.text == null || b.text == null) {
                return Boolean.compare(a.text != null, b.text != null);
            }
            return Bytes.compare(a.text, b.text);
        };
    }

    /** Collects elements; forgets those that cannot be among the first {@code wanted}. Equal ones keep their order. */
    private static final class Sorter {
        private final ReadContext context;
        private final boolean alpha;
        private final @Nullable SortPattern by;
        private final Comparator<Item> order;
        private final long wanted;
        private final List<Item> items = new ArrayList<>();

        Sorter(ReadContext context, SortOptions options, long wanted) {
            this.context = context;
            this.alpha = options.alpha();
            byte[] pattern = options.by();
            this.by = pattern == null ? null : new SortPattern(pattern);
            Comparator<Item> ascending = alpha ? Item.BY_TEXT : Item.BY_NUMBER;
            this.order = options.descending() ? ascending.reversed() : ascending;
            this.wanted = wanted;
        }

        void add(byte[] element) {
            byte[] weight = by == null ? element : by.value(context, element);
            items.add(new Item(element, alpha || weight == null ? 0 : number(weight), alpha ? weight : null));
            if (items.size() >= 2 * wanted + SURPLUS) {
                cut();
            }
        }

        private void cut() {
            items.sort(order);
            if (items.size() > wanted) {
                items.subList((int) wanted, items.size()).clear();
            }
        }

        List<byte[]> sorted(int from) {
            cut();
            List<byte[]> elements = new ArrayList<>(items.size() - from);
            for (Item item : items.subList(from, items.size())) {
                elements.add(item.element);
            }
            return elements;
        }

        /** As C's strtod reads all of a string that ends at a zero byte: spaces may go ahead, nothing at all is 0. */
        private static double number(byte[] text) {
            int end = 0;
            while (end < text.length && text[end] != 0) {
                end++;
            }
            int start = 0;
            while (start < end && (text[start] == ' ' || (text[start] >= '\t' && text[start] <= '\r'))) {
                start++;
            }
            return end == 0 ? 0 : Numbers.parseDouble(Arrays.copyOfRange(text, start, end), NOT_A_NUMBER);
        }
    }
}
