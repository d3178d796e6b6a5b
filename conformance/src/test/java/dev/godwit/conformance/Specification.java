package dev.godwit.conformance;

import java.nio.file.Path;
import java.util.Map;

/** The specifications that we go through requirement by requirement: where theirs stand, and what proves them. */
enum Specification {
    AMQP(
            "AMQP 1.0",
            "a broker",
            "Spec",
            "requirements.txt",
            "amqp-conformance.md",
            Map.of(
                    "1", "Part 1: Types",
                    "2", "Part 2: Transport",
                    "3", "Part 3: Messaging",
                    "4", "Part 4: Transactions",
                    "5", "Part 5: Security")),
    JAKARTA_MESSAGING(
            "Jakarta Messaging 3.1",
            "a provider, which is our client with our broker",
            "JmsSpec",
            "jms-requirements.txt",
            "jms-conformance.md",
            Map.ofEntries(
                    Map.entry("1", "1 Introduction"),
                    Map.entry("2", "2 Architecture"),
                    Map.entry("3", "3 Message model"),
                    Map.entry("4", "4 Messaging domains"),
                    Map.entry("5", "5 Administered objects"),
                    Map.entry("6", "6 Connecting to a provider"),
                    Map.entry("7", "7 Sending messages"),
                    Map.entry("8", "8 Receiving messages"),
                    Map.entry("9", "9 Other facilities"),
                    Map.entry("10", "10 Exceptions"),
                    Map.entry("11", "11 Application server facilities"),
                    Map.entry("12", "12 Use in Jakarta EE applications"),
                    Map.entry("13", "13 Resource adapter"),
                    Map.entry("14", "14 Examples of the classic API"),
                    Map.entry("15", "15 Examples of the simplified API"),
                    Map.entry("A", "A Change history")));

    private static final Path DOCS = Path.of("..").toAbsolutePath().normalize().resolve("docs");

    private final String title;
    private final String bound;
    private final String annotation;
    private final String requirements;
    private final String page;
    private final Map<String, String> parts;

    Specification(
            String title,
            String bound,
            String annotation,
            String requirements,
            String page,
            Map<String, String> parts) {
        this.title = title;
        this.bound = bound;
        this.annotation = annotation;
        this.requirements = requirements;
        this.page = page;
        this.parts = parts;
    }

    String title() {
        return title;
    }

    /** Who must do what it demands. */
    String bound() {
        return bound;
    }

    /** The simple name of the annotation that its tests carry. */
    String annotation() {
        return annotation;
    }

    /** The name of the resource with its requirements. */
    String requirements() {
        return requirements;
    }

    Path page() {
        return DOCS.resolve(page);
    }

    /** The headings of its parts, by what its sections begin with. */
    Map<String, String> parts() {
        return parts;
    }
}
