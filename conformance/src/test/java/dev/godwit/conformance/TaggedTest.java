package dev.godwit.conformance;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A test that says what it proves. Found by reading sources, since the tests of all modules are never on one class path;
 * a disabled test proves nothing.
 *
 * @param tags sections or ids of requirements
 */
record TaggedTest(String name, List<String> tags) {
    private static final Set<String> TESTS =
            Set.of("Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate");

    /** All of a specification in the test sources under {@code root}, by their names. */
    static List<TaggedTest> under(Path root, Specification specification) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var tests = new ArrayList<TaggedTest>();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var task = (JavacTask) compiler.getTask(
                    null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources(root, specification)));
            for (CompilationUnitTree unit : task.parse()) {
                new Finder(specification, tests).scan(unit, null);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        tests.sort((a, b) -> a.name.compareTo(b.name));
        return tests;
    }

    private static List<Path> sources(Path root, Specification specification) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> root.relativize(path).toString().contains("src/test/java"))
                    .filter(path -> imports(path, specification))
                    .toList();
        }
    }

    private static boolean imports(Path source, Specification specification) {
        try {
            return Files.readString(source)
                    .contains("import dev.godwit.conformance." + specification.annotation() + ";");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static final class Finder extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final String annotation;
        private final List<TaggedTest> found;
        private final Deque<ClassTree> classes = new ArrayDeque<>();

        Finder(Specification specification, List<TaggedTest> found) {
            this.annotation = specification.annotation();
            this.found = found;
        }

        @Override
        public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
            classes.push(tree);
            super.visitClass(tree, null);
            classes.pop();
            return null;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
            var modifiers = tree.getModifiers();
            if (TESTS.stream().anyMatch(test -> find(modifiers, test) != null) && isEnabled(modifiers)) {
                var tags = new ArrayList<>(tagsOf(modifiers));
                classes.forEach(within -> tags.addAll(tagsOf(within.getModifiers())));
                if (!tags.isEmpty()) {
                    found.add(new TaggedTest(className() + "." + tree.getName(), List.copyOf(tags)));
                }
            }
            return null;
        }

        private boolean isEnabled(ModifiersTree method) {
            return find(method, "Disabled") == null
                    && classes.stream().allMatch(within -> find(within.getModifiers(), "Disabled") == null);
        }

        private String className() {
            var names = new ArrayList<String>();
            classes.descendingIterator()
                    .forEachRemaining(within -> names.add(within.getSimpleName().toString()));
            return String.join(".", names);
        }

        private static @Nullable AnnotationTree find(ModifiersTree modifiers, String name) {
            for (AnnotationTree annotation : modifiers.getAnnotations()) {
                if (annotation.getAnnotationType().toString().equals(name)) {
                    return annotation;
                }
            }
            return null;
        }

        private List<String> tagsOf(ModifiersTree modifiers) {
            var spec = find(modifiers, annotation);
            if (spec == null) {
                return List.of();
            }
            var value = spec.getArguments().get(0);
            var expression = value instanceof AssignmentTree assignment ? assignment.getExpression() : value;
            var literals = expression instanceof NewArrayTree array ? array.getInitializers() : List.of(expression);
            return literals.stream()
                    .map(literal -> String.valueOf(((LiteralTree) literal).getValue()))
                    .toList();
        }
    }
}
