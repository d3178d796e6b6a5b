package dev.godwit.broker.address;

import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.filter.Selector;
import org.jspecify.annotations.Nullable;

/** What leads from one address to another: an {@link Alias} or a {@link Forward}. Immutable. */
public sealed interface RoutingRule {
    /** What fits where definitions are kept, with what tells their kinds apart. */
    int NAME_LENGTH_MAX = 1_000;

    /** Unique among its kind. */
    String name();

    /** Where it leads. */
    String to();

    /** The address whose owner must agree to it. */
    String from();

    /** Says what is wrong with it by itself, for whoever defines it; null when nothing is. */
    @Nullable
    String objection();

    private static @Nullable String nameObjection(String what, String name) {
        return name.length() > NAME_LENGTH_MAX
                ? what + " may have " + NAME_LENGTH_MAX + " characters; this one has " + name.length()
                : AddressName.objection(what, name);
    }

    /**
     * Another name for an address: who uses it means the other one.
     *
     * @param name the further name
     * @param to the address itself
     */
    record Alias(String name, String to) implements RoutingRule {
        @Override
        public String from() {
            return name;
        }

        @Override
        public @Nullable String objection() {
            var objection = nameObjection("the name of an alias", name);
            return objection == null ? AddressName.objection("the address that an alias stands for", to) : objection;
        }
    }

    /**
     * What comes to one address goes to another, too, or instead.
     *
     * @param name what it is called
     * @param from a queue or topic, or a pattern of topics ({@link TopicPattern})
     * @param to a queue or topic
     * @param filter a selector of the messages that it is for; null for all
     * @param exclusive whether they do not stay where they came to
     */
    record Forward(
            String name, String from, String to, @Nullable String filter, boolean exclusive) implements RoutingRule {
        /** What can be kept of it. */
        private static final int FILTER_LENGTH_MAX = 4_096;

        @Override
        public @Nullable String objection() {
            var objection = nameObjection("the name of a route", name);
            if (objection == null) {
                objection = AddressName.objection("the address that a route begins at", from);
            }
            if (objection == null) {
                objection = AddressName.objection("the address that a route leads to", to);
            }
            if (objection == null && TopicPattern.isPattern(to)) {
                objection = "a route leads to one address: '" + to + "' is a pattern";
            }
            if (objection == null && from.equals(to)) {
                objection = "a route from '" + from + "' cannot lead to where it begins";
            }
            return objection == null ? filterObjection() : objection;
        }

        private @Nullable String filterObjection() {
            if (filter == null) {
                return null;
            }
            if (filter.length() > FILTER_LENGTH_MAX) {
                return "the filter of a route may have " + FILTER_LENGTH_MAX + " characters; this one has "
                        + filter.length();
            }
            try {
                newFilter();
                return null;
            } catch (InvalidFilterException wrong) {
                return "the filter of a route: " + wrong.getMessage();
            }
        }

        /** For the use of one event loop; null when it is for all messages. */
        public @Nullable MessageFilter newFilter() throws InvalidFilterException {
            return filter == null ? null : Selector.parse(filter);
        }

        /** Whether what comes to a queue or topic of that name is for it. Temporary ones are for no pattern. */
        public boolean beginsAt(String address) {
            return from.equals(address) || (TopicPattern.isPattern(from) && new TopicPattern(from).matches(address));
        }
    }
}
