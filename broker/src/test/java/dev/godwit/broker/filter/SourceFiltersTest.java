package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.message.Message;
import dev.godwit.conformance.Spec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** AMQP 1.0 §3.5.8, and the filters of the AMQP filter expressions draft. */
class SourceFiltersTest {
    private static final Symbol ANY_NAME = Symbol.of("whatever");
    private static final Symbol SELECTOR = Symbol.of("apache.org:selector-filter:string");
    private static final Symbol PROPERTIES = Symbol.of("amqp:properties-filter");
    private static final Symbol APPLICATION_PROPERTIES = Symbol.of("amqp:application-properties-filter");

    private static final Message RED = SampleMessage.with(properties ->
                    properties.subject("order.new").correlationId("c-1").groupSequence(UnsignedInteger.of(3)))
            .and("color", "red")
            .and("size", 5)
            .and("amp", "&x")
            .message();

    @Test
    void knowsTheSelectorBySymbolAndByNumberUnderAnyName() throws Exception {
        for (Object descriptor : List.of(SELECTOR, new UnsignedLong(0x0000468C_00000004L))) {
            var wished = Map.<Symbol, Object>of(ANY_NAME, new DescribedValue(descriptor, "color = 'red'"));
            var filters = SourceFilters.read(wished);
            assertThat(wants(filters, RED)).isTrue();
            assertThat(wants(filters, SampleMessage.with("color", "blue").message()))
                    .isFalse();
            assertThat(filters.applied(false)).isEqualTo(wished);
        }
    }

    @Test
    @Spec("3.5.8/filter-set")
    void leavesOutWhatIsNotDescribed() throws Exception {
        var filters = SourceFilters.read(Map.of(SELECTOR, "color = 'blue'"));
        assertThat(filters.filter()).isNull();
        assertThat(filters.applied(true)).isEmpty();
    }

    @Test
    void wantsNothingElseThanWhatIsSelected() throws Exception {
        assertThat(wants(SourceFilters.read(Map.of(SELECTOR, new DescribedValue(SELECTOR, "color = 'blue'"))), RED))
                .isFalse();
    }

    @Test
    @Spec("3.5.1/filter-actual")
    void leavesOutOfTheEchoWhatItDoesNotApply() throws Exception {
        var noLocal = new DescribedValue(Symbol.of("apache.org:no-local-filter:list"), List.of());
        var filters = SourceFilters.read(Map.of(
                Symbol.of("x"),
                new DescribedValue(Symbol.of("vendor:unknown"), 1),
                Symbol.of("nl"),
                noLocal,
                Symbol.of("s"),
                new DescribedValue(SELECTOR, "TRUE")));
        assertThat(filters.wantsNoLocal()).isTrue();
        assertThat(filters.applied(false)).containsOnlyKeys(Symbol.of("s"));
        assertThat(filters.applied(true)).containsOnlyKeys(Symbol.of("s"), Symbol.of("nl"));
        assertThat(SourceFilters.read(Map.of()).filter()).isNull();
    }

    @Test
    void noLocalNeedsNoValue() throws Exception {
        var name = Symbol.of("apache.org:no-local-filter:list");
        var described = SourceFilters.read(Map.of(name, new DescribedValue(name, null)));
        assertThat(described.wantsNoLocal()).isTrue();
        assertThat(described.applied(true)).containsOnlyKeys(name);
        var bare = new HashMap<Symbol, Object>();
        bare.put(name, null);
        assertThat(SourceFilters.read(bare).wantsNoLocal()).isFalse();
    }

    @Test
    void anEmptySelectorSelectsEverything() throws Exception {
        assertThat(SourceFilters.read(Map.of(SELECTOR, new DescribedValue(SELECTOR, " ")))
                        .filter())
                .isNull();
    }

    @Test
    void refusesABadOneByName() {
        assertThatThrownBy(() -> SourceFilters.read(Map.of(ANY_NAME, new DescribedValue(SELECTOR, "a ="))))
                .isInstanceOf(InvalidFilterException.class)
                .hasMessageContaining("filter 'whatever': at character 4");
        assertThatThrownBy(() -> SourceFilters.read(Map.of(ANY_NAME, new DescribedValue(SELECTOR, 5))))
                .hasMessageContaining("is to be a string, and is a Integer");
        assertThatThrownBy(() -> SourceFilters.read(Map.of(ANY_NAME, new DescribedValue(PROPERTIES, "x"))))
                .hasMessageContaining("is to be a map");
        var many = new HashMap<Symbol, Object>();
        for (int i = 0; i < 17; i++) {
            many.put(Symbol.of("f" + i), 1);
        }
        assertThatThrownBy(() -> SourceFilters.read(many)).hasMessageContaining("at most 16 filters");
    }

    @Test
    void comparesProperties() throws Exception {
        assertThat(wantsProperties("subject", "order.new")).isTrue();
        assertThat(wantsProperties("subject", "order")).isFalse();
        assertThat(wantsProperties("subject", "&p:order")).isTrue();
        assertThat(wantsProperties("subject", "&s:.new")).isTrue();
        assertThat(wantsProperties("subject", "&s:.old")).isFalse();
        assertThat(wantsProperties("group-sequence", 3L)).isTrue();
        assertThat(wantsProperties("group-sequence", 3.0)).isTrue();
        assertThat(wantsProperties("group-sequence", "3")).isFalse();
        assertThat(wantsProperties("message-id", "c-1")).isFalse();
        assertThatThrownBy(() -> wantsProperties("color", "red")).hasMessageContaining("no field 'color'");
        assertThatThrownBy(() -> wantsProperties("subject", "&x")).hasMessageContaining("expected &p:, &s:, or &&");
    }

    @Test
    void comparesApplicationPropertiesAllOfThem() throws Exception {
        assertThat(wantsApplicationProperties(Map.of("color", "red", "size", 5)))
                .isTrue();
        assertThat(wantsApplicationProperties(Map.of("color", "red", "size", 6)))
                .isFalse();
        assertThat(wantsApplicationProperties(Map.of("missing", "red"))).isFalse();
        assertThat(wantsApplicationProperties(Map.of("amp", "&&x"))).isTrue();
        var withNull = new HashMap<String, Object>();
        withNull.put("missing", null);
        assertThat(wantsApplicationProperties(withNull)).isTrue();
    }

    @Test
    void wantsWhatAllFiltersWant() throws Exception {
        var color = new DescribedValue(APPLICATION_PROPERTIES, Map.of("color", "red"));
        var five = new DescribedValue(new UnsignedLong(0x120), "size = 5 AND properties.subject LIKE 'order.%'");
        var six = new DescribedValue(Symbol.of("amqp:sql-filter"), "size = 6");
        assertThat(wants(SourceFilters.read(Map.of(Symbol.of("a"), color, Symbol.of("b"), five)), RED))
                .isTrue();
        assertThat(wants(SourceFilters.read(Map.of(Symbol.of("a"), color, Symbol.of("b"), six)), RED))
                .isFalse();
    }

    private static boolean wantsProperties(String name, Object value) throws InvalidFilterException {
        var filter = new DescribedValue(PROPERTIES, Map.of(Symbol.of(name), value));
        return wants(SourceFilters.read(Map.of(ANY_NAME, filter)), RED);
    }

    private static boolean wantsApplicationProperties(Map<String, Object> values) throws InvalidFilterException {
        var filter = new DescribedValue(APPLICATION_PROPERTIES, values);
        return wants(SourceFilters.read(Map.of(ANY_NAME, filter)), RED);
    }

    private static boolean wants(SourceFilters filters, Message message) {
        return Objects.requireNonNull(filters.filter()).matches(message);
    }
}
