package dev.godwit.distribution.configuration;

import dev.godwit.broker.policy.AddressSetting;

/** Writes the table of keys for people: as the file that is shipped, and as a page of the manual. */
public final class ConfigurationDocument {
    private ConfigurationDocument() {}

    /** The shipped file: every key at its default, and what it is for. */
    public static String yaml() {
        var out = new StringBuilder("""
                # Configuration of a Godwit broker. Every key is here, at its default.
                # `godwit run --set key=value` overrules this file; a nested key is written with dots: listen.port=5673
                """);
        String section = "";
        for (ConfigurationKey<?> key : ConfigurationKeys.all()) {
            int dot = key.name().indexOf('.');
            String keySection = dot < 0 ? "" : key.name().substring(0, dot);
            if (!keySection.equals(section) || keySection.isEmpty()) {
                out.append('\n').append(keySection.isEmpty() ? "" : keySection + ":\n");
            }
            section = keySection;
            String indent = keySection.isEmpty() ? "" : "  ";
            out.append(indent).append("# ").append(key.doc()).append('\n');
            out.append(indent).append(key.name().substring(dot + 1));
            out.append(": ").append(key.defaultText()).append('\n');
        }
        return out.toString();
    }

    /** The manual's page. */
    public static String markdown() {
        var out = new StringBuilder("""
                # Configuration

                `conf/godwit.yaml` of the installation, or the file that `godwit run --config FILE` names; single keys are
                overruled by `--set key=value`. The dots of a key are the nesting of the file. An unknown key or a value
                out of range stops the start with a line that says where it is and what would do.

                | key | value | default | what for |
                |---|---|---|---|
                """);
        for (ConfigurationKey<?> key : ConfigurationKeys.all()) {
            out.append("| `").append(key.name()).append("` | ");
            out.append(key.type().expects())
                    .append(" | `")
                    .append(key.defaultText())
                    .append("` | ");
            out.append(key.doc()).append(" |\n");
        }
        out.append("""

                ## Settings of addresses

                Each entry of `addresses` has a `pattern`, in which `*` stands for any characters, and some of these settings.
                They hold for the queues that the pattern matches, and for the subscriptions to topics that it matches. A setting
                of an address is that of the most specific pattern that has it: a name without `*` before any pattern, then the
                one that fixes more characters. Policies that are stored while the broker runs (see [management](management.md))
                come before those of the file where both have the same rank; a queue's own settings come before all.

                    addresses:
                      - {pattern: "*", delivery-attempts-max: 5}
                      - {pattern: "orders.*", dead-letter-address: orders-failed}

                | setting | value | default | what for |
                |---|---|---|---|
                """);
        AddressSetting.all().forEach(each -> out.append(row(each)));
        return out.toString();
    }

    private static <T> String row(AddressSetting<T> setting) {
        String fallback = setting.type().write(setting.fallback());
        return "| `" + setting.name() + "` | " + setting.type().expects() + " | "
                + (fallback.isEmpty() ? "none" : "`" + fallback + "`") + " | " + setting.purpose() + " |\n";
    }
}
