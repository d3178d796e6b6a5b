package dev.godwit.broker.admin;

import dev.godwit.broker.address.Requester;
import dev.godwit.broker.policy.AddressSettings;
import java.util.Map;
import java.util.function.Consumer;

/** Reads the settings that somebody asks for, of a queue or of a policy, and says what speaks against them. Stateless. */
final class SettingsRequest {
    private final DeadLetterRule deadLetters;

    SettingsRequest(DeadLetterRule deadLetters) {
        this.deadLetters = deadLetters;
    }

    /**
     * Passes on the settings, or answers why they cannot be had.
     *
     * @param before what holds for settings that the request does not name
     */
    void read(
            Map<?, ?> attributes,
            AddressSettings before,
            Requester requester,
            Consumer<Answer> answer,
            Consumer<AddressSettings> then) {
        AddressSettings settings;
        try {
            settings = EntityType.settings(attributes, before);
        } catch (IllegalArgumentException unknown) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, String.valueOf(unknown.getMessage())));
            return;
        }
        // What was there before is not this requester's wish.
        var objection = deadLetters.objection(SettingAttributes.named(attributes, settings), requester);
        if (objection == null) {
            then.accept(settings);
        } else {
            answer.accept(new Answer.Draft(objection.status(), objection.description()));
        }
    }
}
