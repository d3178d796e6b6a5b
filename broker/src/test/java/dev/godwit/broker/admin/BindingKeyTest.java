package dev.godwit.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.filter.Selector;
import dev.godwit.broker.message.MessageReader;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BindingKeyTest {
    private static final String[] WORDS = {"a", "b", "a_b", "50%", "it's", "!", ""};

    private static boolean matches(String key, String subject) throws Exception {
        var selector = BindingKey.selector(key);
        var encoded = AmqpMessage.builder(MessageBody.Value.NULL)
                .properties(MessageProperties.builder().subject(subject).build())
                .build()
                .encode();
        return selector == null || Selector.parse(selector).matches(new MessageReader().read(encoded, 0));
    }

    /** Each key picks the same subjects as the pattern of topics that is spelt like it. */
    @Test
    void picksWhatAPatternPicks() throws Exception {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        int matching = 0;
        for (int round = 0; round < 3_000; round++) {
            var subject = words(random, 1 + random.nextInt(4), "");
            var wild = random.nextInt(4);
            var key = wild == 0
                    ? words(random, 1 + random.nextInt(3), "")
                    : wild == 1
                            ? words(random, random.nextInt(3), ".") + "#" + words(random, -random.nextInt(3), ".")
                            : words(random, 1 + random.nextInt(4), "").replace("b", "*");
            if (key.contains("*") && !TopicPattern.isPattern(key)) {
                continue;
            }
            boolean expected = key.isEmpty() || new TopicPattern(key).matches(subject);
            assertThat(matches(key, subject))
                    .as("key %s, subject %s, -Dgodwit.seed=%d", key, subject, seed)
                    .isEqualTo(expected);
            matching += expected ? 1 : 0;
        }
        assertThat(matching).isGreaterThan(100);
    }

    /** So many words; with a dot behind each, or before each when there are fewer than none. */
    private static String words(Random random, int count, String dot) {
        var words = IntStream.range(0, Math.abs(count)).mapToObj(each -> WORDS[random.nextInt(WORDS.length)]);
        if (dot.isEmpty()) {
            return words.collect(Collectors.joining("."));
        }
        return words.map(each -> count > 0 ? each + dot : dot + each).collect(Collectors.joining());
    }

    @Test
    void saysWhichKeysCannotBeHad() {
        for (var key : new String[] {"a.*.#", "#.a.#"}) {
            assertThatThrownBy(() -> BindingKey.selector(key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + key + "'");
        }
    }

    @Test
    void aBindingIsKnownByItsPath() {
        var binding = new Binding("a;b=c", "d/e f", true, "x.*.\u00e4+~");
        assertThat(Binding.parse(binding.name(), ";")).isEqualTo(binding);
        assertThat(Binding.parse("src=a&dste=b&key=", "&")).isEqualTo(new Binding("a", "b", false, ""));
        assertThat(binding.name())
                .startsWith("src=a%3Bb%3Dc;dstq=d%2Fe%20f;key=x.%2A.")
                .endsWith("~;args=");
        for (var wrong :
                new String[] {"src=a", "src=a;dstq=b;dste=c", "src=a;dstq=b;what=c", "src=a;dstq=b;args=x", "a"}) {
            assertThatThrownBy(() -> Binding.parse(wrong, ";")).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
