package dev.godwit.broker.admin;

import static dev.godwit.broker.admin.AnswerReply.replying;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.AdministrationReply;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.PolicyAdministration;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the AMQP management draft's operations do with policies. Whoever touches one needs the right to manage all addresses
 * that its pattern matches: a rule gives it when it matches the pattern itself, star for star. Stateless.
 */
final class PolicyOperations {
    private final PolicyAdministration policies;
    private final SettingsRequest request;

    PolicyOperations(PolicyAdministration policies, SettingsRequest request) {
        this.policies = policies;
        this.request = request;
    }

    void onPolicy(
            String operation,
            String pattern,
            Map<?, ?> attributes,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var objection = AddressName.objection("a policy's pattern", pattern);
        if (objection != null) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, objection));
            return;
        }
        if (!requester.mayManage(pattern)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, operation, pattern)));
            return;
        }
        switch (operation) {
            case "CREATE" ->
                withSettings(
                        attributes,
                        AddressSettings.NONE,
                        requester,
                        answer,
                        settings -> policies.create(
                                pattern,
                                settings,
                                requester.user(),
                                caller,
                                describing(answer, Answer.CREATED, "Created")));
            case "READ" -> policies.describe(pattern, caller, describing(answer, Answer.OK, "OK"));
            case "UPDATE" -> update(pattern, attributes, requester, caller, answer);
            case "DELETE" ->
                policies.delete(
                        pattern, caller, replying(answer, gone -> new Answer.Draft(Answer.NO_CONTENT, "Deleted")));
            default ->
                answer.accept(
                        new Answer.Draft(Answer.NOT_IMPLEMENTED, operation + " is not known for " + EntityType.POLICY));
        }
    }

    /** Attributes that are not named keep their values, as the draft has it. */
    private void update(
            String pattern, Map<?, ?> attributes, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        policies.describe(pattern, caller, new AdministrationReply<>() {
            @Override
            public void onDone(PolicyAdministration.Description before) {
                withSettings(
                        attributes,
                        before.policy().settings(),
                        requester,
                        answer,
                        settings ->
                                policies.update(pattern, settings, caller, describing(answer, Answer.OK, "Updated")));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    private void withSettings(
            Map<?, ?> attributes,
            AddressSettings before,
            Requester requester,
            Consumer<Answer> answer,
            Consumer<AddressSettings> then) {
        request.read(attributes, before, requester, answer, settings -> {
            if (settings.isEmpty()) {
                answer.accept(new Answer.Draft(
                        Answer.BAD_REQUEST,
                        "a policy needs one setting at least, of " + String.join(", ", SettingAttributes.names())));
            } else {
                then.accept(settings);
            }
        });
    }

    /** Those that the user may manage. */
    void list(Requester requester, int offset, int count, EventLoop caller, Consumer<List<Map<String, Object>>> told) {
        policies.list(
                caller,
                all -> told.accept(all.stream()
                        .filter(each -> requester.mayManage(each.pattern()))
                        .skip(offset)
                        .limit(count)
                        .map(EntityType::describe)
                        .toList()));
    }

    private static AdministrationReply<PolicyAdministration.Description> describing(
            Consumer<Answer> answer, int status, String description) {
        return replying(answer, policy -> new Answer.Draft(status, description, EntityType.describe(policy), null));
    }
}
