package dev.godwit.broker.filter;

import dev.godwit.broker.filter.Comparison.Operator;
import dev.godwit.broker.filter.Expression.Kind;
import dev.godwit.broker.filter.SelectorToken.TokenType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tree of a selector's text, one method for each rule of the grammar (Jakarta Messaging §3.8.1.2). Lives for one
 * text. Chains of operators become one node each, so the tree is only as deep as the text has parentheses and signs, and
 * those are counted.
 */
final class SelectorParser {
    static final int TEXT_LENGTH_MAX = 16 * 1024;
    static final int DEPTH_MAX = 100;
    static final int NAMES_MAX = 256;

    private final Dialect dialect;
    private final SelectorScanner scanner;
    private final Map<String, Field> fields = new HashMap<>();
    private final List<FieldReader> readers = new ArrayList<>();
    private SelectorToken token;
    private int depth;

    SelectorParser(String text, Dialect dialect) throws InvalidFilterException {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new InvalidFilterException(
                    "it has " + text.length() + " characters; at most " + TEXT_LENGTH_MAX + " are allowed");
        }
        this.dialect = dialect;
        this.scanner = new SelectorScanner(text);
        this.token = scanner.next();
    }

    /** The whole text, which must be a condition. */
    Expression parse() throws InvalidFilterException {
        var condition = require(Kind.BOOLEAN, token, disjunction());
        if (token.type() != TokenType.END) {
            throw expected("an operator or the end");
        }
        return condition;
    }

    /** How the names that were found are read; to be asked after {@link #parse}. */
    List<FieldReader> readers() {
        return readers;
    }

    private Expression disjunction() throws InvalidFilterException {
        var start = token;
        var first = conjunction();
        if (!token.isKeyword("OR")) {
            return first;
        }
        var conditions = new ArrayList<Expression>();
        conditions.add(require(Kind.BOOLEAN, start, first));
        while (takeKeyword("OR")) {
            var next = token;
            conditions.add(require(Kind.BOOLEAN, next, conjunction()));
        }
        return Junction.any(conditions);
    }

    private Expression conjunction() throws InvalidFilterException {
        var start = token;
        var first = negation();
        if (!token.isKeyword("AND")) {
            return first;
        }
        var conditions = new ArrayList<Expression>();
        conditions.add(require(Kind.BOOLEAN, start, first));
        while (takeKeyword("AND")) {
            var next = token;
            conditions.add(require(Kind.BOOLEAN, next, negation()));
        }
        return Junction.all(conditions);
    }

    private Expression negation() throws InvalidFilterException {
        boolean opposite = false;
        boolean negated = false;
        while (takeKeyword("NOT")) {
            negated = true;
            opposite = !opposite;
        }
        var start = token;
        var condition = predicate();
        if (negated) {
            require(Kind.BOOLEAN, start, condition);
        }
        return opposite ? new Not(condition) : condition;
    }

    private Expression predicate() throws InvalidFilterException {
        var start = token;
        var left = sum();
        var operator = operator();
        if (operator != null) {
            next();
            return comparison(operator, start, left);
        } else if (takeKeyword("IS")) {
            boolean opposite = takeKeyword("NOT");
            takeKeywordOrFail("NULL");
            var isNull = new IsNull(left);
            return opposite ? new Not(isNull) : isNull;
        }
        boolean opposite = takeKeyword("NOT");
        Expression condition;
        if (takeKeyword("BETWEEN")) {
            condition = between(require(Kind.NUMBER, start, left));
        } else if (takeKeyword("LIKE")) {
            condition = like(require(Kind.STRING, start, left));
        } else if (takeKeyword("IN")) {
            condition = membership(left);
        } else if (opposite) {
            throw expected("BETWEEN, LIKE or IN");
        } else {
            return left;
        }
        return opposite ? new Not(condition) : condition;
    }

    private @Nullable Operator operator() throws InvalidFilterException {
        if (token.isSign("!=")) {
            if (dialect.hasFurtherSigns()) {
                return Operator.UNEQUAL;
            }
            throw expected("<>, which is how 'not equal' is written here");
        }
        for (var operator : Operator.values()) {
            if (token.isSign(operator.sign())) {
                return operator;
            }
        }
        return null;
    }

    private Expression comparison(Operator operator, SelectorToken leftStart, Expression left)
            throws InvalidFilterException {
        var rightStart = token;
        var right = sum();
        if (operator.isOrder()) {
            require(Kind.NUMBER, leftStart, left);
            require(Kind.NUMBER, rightStart, right);
        }
        return new Comparison(operator, left, right);
    }

    private Expression between(Expression operand) throws InvalidFilterException {
        var lowStart = token;
        var low = require(Kind.NUMBER, lowStart, sum());
        takeKeywordOrFail("AND");
        var highStart = token;
        var high = require(Kind.NUMBER, highStart, sum());
        return Junction.all(List.of(
                new Comparison(Operator.MORE_OR_EQUAL, operand, low),
                new Comparison(Operator.LESS_OR_EQUAL, operand, high)));
    }

    private Expression like(Expression operand) throws InvalidFilterException {
        var start = token;
        var pattern = string("a pattern in quotes");
        var escape = takeKeyword("ESCAPE") ? escape() : "";
        try {
            return new Like(operand, LikePattern.of(pattern, escape));
        } catch (InvalidFilterException wrong) {
            throw scanner.problem(start.start(), String.valueOf(wrong.getMessage()));
        }
    }

    private String escape() throws InvalidFilterException {
        var start = token;
        var escape = string("one character in quotes");
        if (escape.length() != 1) {
            throw scanner.problem(start.start(), "ESCAPE takes one character, not " + escape.length());
        }
        return escape;
    }

    private String string(String wanted) throws InvalidFilterException {
        if (token.type() == TokenType.STRING && token.value() instanceof String text) {
            next();
            return text;
        }
        throw expected(wanted);
    }

    private Expression membership(Expression operand) throws InvalidFilterException {
        takeSign("(");
        var values = new ArrayList<Object>();
        do {
            values.add(member());
        } while (token.isSign(",") && next());
        takeSign(")");
        return new Membership(operand, values);
    }

    private Object member() throws InvalidFilterException {
        if (token.type() == TokenType.STRING) {
            return string("a string");
        }
        boolean negative = token.isSign("-");
        if (negative || token.isSign("+")) {
            next();
        }
        if (token.type() == TokenType.NUMBER && token.value() instanceof Number number) {
            next();
            return negative ? Numbers.negate(number) : number;
        }
        throw expected("a string in quotes or a number");
    }

    private Expression sum() throws InvalidFilterException {
        return chain("+-", true);
    }

    private Expression product() throws InvalidFilterException {
        return chain(dialect.hasFurtherSigns() ? "*/%" : "*/", false);
    }

    private Expression chain(String signs, boolean ofProducts) throws InvalidFilterException {
        var start = token;
        var first = ofProducts ? product() : signed();
        if (!isOneOf(signs)) {
            return first;
        }
        require(Kind.NUMBER, start, first);
        var operators = new ArrayList<Character>();
        var others = new ArrayList<Expression>();
        while (isOneOf(signs)) {
            operators.add(token.text().charAt(0));
            next();
            var operand = token;
            others.add(require(Kind.NUMBER, operand, ofProducts ? product() : signed()));
        }
        return new Arithmetic(first, operators, others);
    }

    private boolean isOneOf(String signs) {
        return token.type() == TokenType.SIGN && token.text().length() == 1 && signs.contains(token.text());
    }

    private Expression signed() throws InvalidFilterException {
        boolean signed = false;
        boolean negative = false;
        while (isOneOf("+-")) {
            signed = true;
            negative ^= token.isSign("-");
            next();
        }
        var start = token;
        var operand = primary();
        if (signed) {
            require(Kind.NUMBER, start, operand);
        }
        if (!negative) {
            return operand;
        }
        return operand instanceof Literal literal && literal.value() instanceof Number number
                ? new Literal(negated(number))
                : new Negative(operand);
    }

    /** The most negative long is written as a number that is none, with a sign before it. */
    private static Number negated(Number number) {
        var negated = Numbers.negate(number);
        return negated instanceof BigDecimal decimal && decimal.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) == 0
                ? (Number) Long.MIN_VALUE
                : negated;
    }

    private Expression primary() throws InvalidFilterException {
        var value = token.value();
        switch (token.type()) {
            case STRING, NUMBER -> {
                next();
                return new Literal(Objects.requireNonNull(value));
            }
            case NAME -> {
                return field(token.text(), false);
            }
            case QUOTED_NAME -> {
                return field(String.valueOf(value), true);
            }
            default -> {
                if (takeKeyword("TRUE")) {
                    return new Literal(true);
                } else if (takeKeyword("FALSE")) {
                    return new Literal(false);
                } else if (token.isSign("(")) {
                    return parentheses();
                }
                throw expected("a value, a name or '('");
            }
        }
    }

    private Expression parentheses() throws InvalidFilterException {
        if (++depth > DEPTH_MAX) {
            throw scanner.problem(token.start(), "parentheses stand more than " + DEPTH_MAX + " deep");
        }
        next();
        var inner = disjunction();
        takeSign(")");
        depth--;
        return inner;
    }

    private Expression field(String name, boolean quoted) throws InvalidFilterException {
        var key = (quoted ? "\"" : "") + name;
        var field = fields.get(key);
        if (field == null) {
            if (readers.size() == NAMES_MAX) {
                throw scanner.problem(token.start(), "more than " + NAMES_MAX + " different names");
            }
            field = new Field(readers.size());
            try {
                readers.add(quoted ? FieldNames.quoted(name) : dialect.field(name));
            } catch (InvalidFilterException unknown) {
                throw scanner.problem(token.start(), String.valueOf(unknown.getMessage()));
            }
            fields.put(key, field);
        }
        next();
        return field;
    }

    private Expression require(Kind wanted, SelectorToken start, Expression expression) throws InvalidFilterException {
        if (!expression.kind().mayBe(wanted)) {
            throw scanner.problem(
                    start.start(),
                    "expected " + wanted.words() + ", but this is "
                            + expression.kind().words());
        }
        return expression;
    }

    private boolean takeKeyword(String keyword) throws InvalidFilterException {
        return token.isKeyword(keyword) && next();
    }

    private void takeKeywordOrFail(String keyword) throws InvalidFilterException {
        if (!takeKeyword(keyword)) {
            throw expected(keyword);
        }
    }

    private void takeSign(String sign) throws InvalidFilterException {
        if (!token.isSign(sign)) {
            throw expected("'" + sign + "'");
        }
        next();
    }

    private boolean next() throws InvalidFilterException {
        token = scanner.next();
        return true;
    }

    private InvalidFilterException expected(String wanted) {
        return scanner.problem(token.start(), "expected " + wanted + ", but found " + token.words());
    }
}
