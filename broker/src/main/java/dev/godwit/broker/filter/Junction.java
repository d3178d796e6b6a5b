package dev.godwit.broker.filter;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Conditions that must all hold, or of which one must: AND and OR of SQL's three-valued logic. */
final class Junction extends Expression {
    /** The value that decides alone: false for AND, true for OR. */
    private final boolean deciding;

    private final Expression[] conditions;

    private Junction(boolean deciding, List<Expression> conditions) {
        this.deciding = deciding;
        this.conditions = conditions.toArray(Expression[]::new);
    }

    static Expression all(List<Expression> conditions) {
        return conditions.size() == 1 ? conditions.get(0) : new Junction(false, conditions);
    }

    static Expression any(List<Expression> conditions) {
        return conditions.size() == 1 ? conditions.get(0) : new Junction(true, conditions);
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        boolean unknown = false;
        for (var condition : conditions) {
            if (!(condition.value(fields) instanceof Boolean truth)) {
                unknown = true;
            } else if (truth == deciding) {
                return deciding;
            }
        }
        return unknown ? null : (Boolean) !deciding;
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }

    @Override
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        var known = new ArrayList<@Nullable CodeCondition>();
        for (var condition : conditions) {
            known.add(condition.codes(indexed));
        }
        return deciding ? CodeCondition.any(known) : CodeCondition.all(known);
    }
}
