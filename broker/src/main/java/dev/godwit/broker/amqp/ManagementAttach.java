package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides about a peer that wants to ask the management node, or to hear its answers. Lives until the answer is given. */
final class ManagementAttach {
    /** Two links of one name, one for requests and one for answers (link pairing draft). */
    private static final Symbol PAIRED = Symbol.of("paired");

    private final BrokerSession session;

    ManagementAttach(BrokerSession session) {
        this.session = session;
    }

    static boolean isMeant(SendingLink link) {
        var wish = link.remoteAttach();
        var source = wish == null ? null : wish.source();
        return source != null && ManagementAddress.is(source.address());
    }

    static boolean isMeant(ReceivingLink link) {
        var wish = link.remoteAttach();
        return wish != null && wish.target() instanceof Target target && ManagementAddress.is(target.address());
    }

    /** Answers will go out on this link. */
    void decide(SendingLink link) {
        var wish = link.remoteAttach();
        if (wish == null || wish.source() == null) {
            throw new IllegalStateException("link " + link.name() + " names no source");
        }
        var target = wish.target() instanceof Target wished ? wished : Target.at(null);
        var answers =
                new AnswerLink(link, target.address(), session.connection().answerRoom(), session::remove);
        var source = wish.source().withFilters(Map.of()).withCapabilities(List.of());
        session.add(answers);
        link.accept(
                answer(wish, source, target).withSettleModes(SenderSettleMode.SETTLED, ReceiverSettleMode.FIRST),
                answers);
    }

    /** Requests will come in on this link. */
    void decide(ReceivingLink link) {
        var wish = link.remoteAttach();
        if (wish == null || !(wish.target() instanceof Target target)) {
            throw new IllegalStateException("link " + link.name() + " names no target");
        }
        var address = target.address();
        var entity = address == null ? null : ManagementAddress.entityOf(address);
        var management = session.connection().management();
        var requests = new ProducerLink(
                link,
                new RequestRoute(entity == null ? management : management.of(entity), session, link.name()),
                session.connection().paceOfRequests(),
                session,
                LinkTie.NONE);
        var source = wish.source() == null ? Source.at(null) : wish.source();
        var senderSettleMode = wish.senderSettleMode() == null ? SenderSettleMode.MIXED : wish.senderSettleMode();
        link.accept(
                answer(wish, source, target.withCapabilities(List.of()))
                        .withSettleModes(senderSettleMode, ReceiverSettleMode.FIRST)
                        .withMaxMessageSizeBytes(session.connection().settings().maxMessageSizeBytes()),
                requests);
        session.add(requests);
        requests.payCredit();
    }

    private static AttachParameters answer(AttachParameters wish, @Nullable Source source, Target target) {
        var answer = AttachParameters.of(wish.name(), source, target);
        var paired = wish.properties().get(PAIRED);
        return paired == null ? answer : answer.withProperties(Map.of(PAIRED, paired));
    }
}
