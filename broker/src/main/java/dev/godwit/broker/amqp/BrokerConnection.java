package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.OpenProperty;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressSpelling;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.NodeLifetime;
import dev.godwit.broker.address.Publisher;
import dev.godwit.broker.address.RequestNode;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.intake.Rate;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.intake.SenderShare;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.security.Permissions;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.UserOutcomes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection. Owned by its event loop; its sessions and links live and end with it. */
final class BrokerConnection implements ConnectionListener, Requester, Publisher {
    private static final Logger log = LoggerFactory.getLogger(BrokerConnection.class);

    /** Tells a client that a close which follows refuses its open (sole-connection-for-container draft). */
    private static final Symbol ESTABLISHMENT_FAILED = Symbol.of("amqp:connection-establishment-failed");

    /** Each is a queue or topic of the broker, and a link that was detached leaves its own behind. */
    private static final int TEMPORARY_NODES_MAX = 1_000;

    private final Connection connection;
    private final BrokerContainer container;
    private final ContainerSettings settings;
    private final Addresses addresses;
    private final ContainerIds containerIds;
    private final Identity identity;
    private final Permissions permissions;
    private final OpenTransactions transactions;
    private final Set<BrokerSession> sessions = new LinkedHashSet<>();
    private final AnswerRoom answerRoom = new AnswerRoom();
    private final Set<String> temporaryNodes = new LinkedHashSet<>();
    private final SuspendedTermini suspended;
    private final SharedNodes sharedNodes;
    private boolean lost;

    /** Its own among the connections of its client; null before it has opened, or when it was turned away. */
    private Successions.@Nullable Place place;

    private int temporaryNodesToCome;
    private @Nullable String claimedContainerId;

    /** What its user and its tenant may do at most, once this connection takes part in it. */
    private List<SenderShare> shares = List.of();

    BrokerConnection(Connection connection, BrokerContainer container) {
        this.connection = connection;
        this.container = container;
        this.settings = container.settings();
        this.addresses = container.addresses();
        this.sharedNodes = new SharedNodes(addresses);
        this.containerIds = container.containerIds();
        this.transactions =
                new OpenTransactions(container.owner(), container::nextTransactionId, settings.transactions());
        this.suspended = new SuspendedTermini(container.owner());
        var proven = connection.identity();
        this.identity = proven == null ? Identity.ANONYMOUS : proven;
        this.permissions = container.accessControl().of(identity.name(), identity.groups());
    }

    EventLoop owner() {
        return container.owner();
    }

    ContainerSettings settings() {
        return settings;
    }

    Addresses addresses() {
        return addresses;
    }

    /** Those that links of this connection have declared. */
    OpenTransactions transactions() {
        return transactions;
    }

    /** Those of the whole broker, which outlive connections. */
    PreparedTransactions prepared() {
        return container.prepared();
    }

    /** What became of transactions of this user. */
    UserOutcomes outcomes() {
        return container.outcomes().of(user());
    }

    /** Whether a message that is coming in, and not whole yet, is posted in that transaction. */
    boolean isPosting(TransactionId transactionId) {
        for (var session : sessions) {
            if (session.isPosting(transactionId)) {
                return true;
            }
        }
        return false;
    }

    /** Tells of all links on which messages come in; how many links there are. */
    int forEachProducer(Consumer<ProducerLink> what) {
        int links = 0;
        for (var session : sessions) {
            links += session.forEachProducer(what);
        }
        return links;
    }

    ResumableLinks resumableLinks() {
        return container.resumableLinks();
    }

    /** Termini without a link that last at least as long as this connection. */
    SuspendedTermini suspended() {
        return suspended;
    }

    /** How fast messages may come in at addresses. */
    Rates rates() {
        return container.rates();
    }

    /** For a link of this connection; whoever asks sees to it that it ends. {@code address} is null for any. */
    ProducerPace paceOf(@Nullable String address) {
        return new ProducerPace(
                owner(), Clock.SYSTEM, rates(), address, ratesOfSender(), settings.maxMessageSizeBytes());
    }

    private List<Rate> ratesOfSender() {
        var all = new ArrayList<Rate>(shares.size());
        for (var share : shares) {
            var rate = share.rate();
            if (rate != null) {
                all.add(rate);
            }
        }
        return all;
    }

    /** For a link on which requests come: nothing holds them back. */
    ProducerPace paceOfRequests() {
        return new ProducerPace(owner(), Clock.SYSTEM, rates(), null, List.of(), settings.maxMessageSizeBytes());
    }

    IntakeGate gate() {
        return container.gate();
    }

    @Override
    public String user() {
        return identity.name();
    }

    /** Whether this connection's user may do that; with a temporary node that it made, it may do everything. */
    boolean may(Action action, String address) {
        // However a client spells it, the rules know the name alone.
        var name = AddressSpelling.parse(address).name();
        return permissions.may(action, name) || temporaryNodes.contains(name) || sharedNodes.isMadeHere(name);
    }

    /** From which names this user may receive. Any thread may ask, also when the connection, which it forgets, is gone. */
    Predicate<String> receivable() {
        var settled = permissions;
        return name -> settled.may(Action.RECEIVE, name);
    }

    @Override
    public boolean mayCreate(String address) {
        return permissions.may(Action.CREATE, address);
    }

    @Override
    public String containerId() {
        var remote = connection.remoteOpen();
        return remote == null ? "" : remote.containerId();
    }

    @Override
    public boolean mayDelete(String address) {
        return permissions.may(Action.DELETE, address);
    }

    @Override
    public boolean mayManage(String address) {
        return permissions.may(Action.MANAGE, address);
    }

    @Override
    public Predicate<String> sendable() {
        var settled = permissions;
        return name -> settled.may(Action.SEND, name);
    }

    @Override
    public boolean mayReceive(String address) {
        return permissions.may(Action.RECEIVE, address);
    }

    @Override
    public boolean maySend(String address) {
        return permissions.may(Action.SEND, address);
    }

    /** For answers that its peer has not taken yet. */
    AnswerRoom answerRoom() {
        return answerRoom;
    }

    RequestNode management() {
        return container.management();
    }

    /** The link on which answers go to that address; null when this connection has none. */
    @Nullable
    AnswerLink answerLinkTo(String address) {
        return sessions.stream()
                .flatMap(BrokerSession::answerLinks)
                .filter(link -> link.isTargetedAt(address))
                .findFirst()
                .orElse(null);
    }

    @Override
    public void onOpen(Connection opened) {
        var remote = opened.remoteOpen();
        if (remote == null) {
            throw new IllegalStateException("open without its parameters");
        }
        var taken = container.successions().enter(user(), remote, owner(), this::giveWay);
        if (taken == null) {
            refuse(AmqpError.CONNECTION_FORCED.because("a later connection of this client is here"));
            return;
        }
        place = taken;
        taken.occupy(() -> decide(opened, remote));
    }

    /** Nobody whose place it takes is here any more. */
    private void decide(Connection opened, OpenParameters remote) {
        var objection = AddressName.objection("container-id", remote.containerId());
        var unknownHost = settings.hostNames().objectionTo(remote.hostname());
        var hostname = remote.hostname();
        var virtualHost = hostname == null ? null : RabbitConventions.virtualHost(hostname);
        var entry = container
                .senderLimits()
                .enter(virtualHost == null ? hostname : virtualHost, identity.name(), identity.groups());
        shares = entry.shares();
        if (objection != null) {
            refuse(invalidContainerId(objection));
        } else if (unknownHost != null) {
            refuse(unknownHost);
        } else if (entry.refusal() != null) {
            refuse(AmqpError.RESOURCE_LIMIT_EXCEEDED.because(entry.refusal()));
        } else if (remote.desiredCapabilities().contains(Capability.SOLE_CONNECTION)
                && !containerIds.claim(remote.containerId(), this)) {
            refuse(invalidContainerId("another connection has container-id '" + remote.containerId() + "'"));
        } else {
            claimedContainerId = remote.containerId();
            opened.open(openParameters(productProperties(remote)));
            log.info("{} connected as {} from {}", remote.containerId(), user(), opened.remoteAddress());
        }
    }

    /** Its client has come again, and takes this for lost: so it is, also when our peer can still be heard. */
    private void giveWay() {
        log.info(
                "{} from {} gives way to a later connection of the same client",
                containerId(),
                connection.remoteAddress());
        lost = true;
        connection.close(AmqpError.CONNECTION_FORCED.because("a later connection of this client has taken its place"));
        leave();
    }

    private static ErrorCondition invalidContainerId(String description) {
        return new ErrorCondition(
                AmqpError.INVALID_FIELD.condition(),
                description,
                Map.of(Symbol.of("invalid-field"), Symbol.of("container-id")));
    }

    private void refuse(ErrorCondition error) {
        log.info("connection from {} refused: {}", connection.remoteAddress(), error.description());
        connection.open(openParameters(Map.of(ESTABLISHMENT_FAILED, true)));
        connection.close(error);
    }

    private OpenParameters openParameters(Map<Symbol, Object> properties) {
        return new OpenParameters(
                settings.containerId(),
                null,
                settings.maxFrameSizeBytes(),
                settings.channelMax(),
                // Announced is half of what we allow (AMQP 1.0 §2.4.5).
                settings.idleTimeoutMillis() / 2,
                LinkCapabilities.OF_CONNECTION,
                List.of(),
                properties);
    }

    private Map<Symbol, Object> productProperties(OpenParameters remote) {
        var properties = new LinkedHashMap<Symbol, Object>();
        properties.put(Symbol.of("product"), "Godwit");
        properties.put(Symbol.of("version"), settings.version());
        properties.put(OpenProperty.JOURNAL, settings.journal());
        var nodes = settings.nodes().get();
        if (!nodes.isEmpty()) {
            properties.put(OpenProperty.FAILOVER_SERVER_LIST, ClientPlace.list(nodes));
        }
        RabbitConventions.describe(remote, settings.containerId(), properties);
        return properties;
    }

    @Override
    public SessionListener onSession(Session session) {
        var added = new BrokerSession(this);
        sessions.add(added);
        return added;
    }

    /** True when it broke: the peer has not said that it was done. */
    boolean isLost() {
        return lost;
    }

    void onSessionEnded(BrokerSession session) {
        sessions.remove(session);
    }

    /** Makes a queue or topic for a link of this connection, which is then to be owned or deleted. */
    void createTemporaryNode(NodeKind kind, NodeLifetime lifetime, AddressReply reply) {
        if (temporaryNodes.size() + sharedNodes.madeCount() + temporaryNodesToCome >= TEMPORARY_NODES_MAX) {
            reply.onRefused(
                    AddressReply.Refusal.UNAVAILABLE,
                    "a connection may have " + TEMPORARY_NODES_MAX
                            + " temporary nodes; close links that made some of them");
            return;
        }
        temporaryNodesToCome++;
        addresses.createTemporary(kind, lifetime, this, owner(), new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                temporaryNodesToCome--;
                reply.onFound(door);
            }

            @Override
            public void onTopic(TopicDoor door) {
                temporaryNodesToCome--;
                reply.onTopic(door);
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                temporaryNodesToCome--;
                reply.onRefused(refusal, description);
            }
        });
    }

    /** The node was made for that link of this connection: the tie hears of the link's end. */
    LinkTie ownTemporaryNode(String address, NodeLifetime lifetime, String linkName) {
        if (lifetime.isShared()) {
            return sharedNodes.made(address, linkName);
        }
        temporaryNodes.add(address);
        return new TemporaryNodeTie(this, address);
    }

    /** Those that live by their links. */
    SharedNodes sharedNodes() {
        return sharedNodes;
    }

    /** True for a queue or topic that is temporary, and not there for a link of another connection alone. */
    boolean mayConsumeTemporary(String address) {
        return isTemporaryNode(address) || addresses.table().isShared(address);
    }

    /** True for a queue or topic that was made for a link of this connection, and that is still there. */
    boolean isTemporaryNode(String address) {
        return temporaryNodes.contains(address) || sharedNodes.isMadeHere(address);
    }

    void deleteTemporaryNode(String address) {
        if (temporaryNodes.remove(address)) {
            addresses.deleteTemporary(address);
        }
    }

    @Override
    public void onClose(Connection closed, @Nullable ErrorCondition error) {
        leaveAll();
        if (error != null) {
            log.info("{} closed its connection: {} {}", closed.remoteAddress(), error.condition(), error.description());
        }
    }

    /** Gives back what links have, and ends what lives no longer than this connection. */
    private void leaveAll() {
        List.copyOf(sessions).forEach(BrokerSession::leaveAll);
        sessions.clear();
        suspended.onOver();
        temporaryNodes.forEach(addresses::deleteTemporary);
        temporaryNodes.clear();
        sharedNodes.onConnectionOver();
    }

    @Override
    public void onDisconnected(Connection gone, @Nullable DisconnectCause cause) {
        container.onConnectionGone(gone);
        lost = cause != null;
        boolean wasLetIn = claimedContainerId != null;
        leave();
        if (wasLetIn) {
            log.info(
                    "{} from {} disconnected{}",
                    containerId(),
                    gone.remoteAddress(),
                    cause == null ? "" : ": " + cause.message());
        }
    }

    /** Gives back all that others may have when it is over. */
    private void leave() {
        leaveAll();
        shares.forEach(SenderShare::leave);
        shares = List.of();
        if (claimedContainerId != null) {
            containerIds.release(claimedContainerId, this);
            claimedContainerId = null;
        }
        if (place != null) {
            place.leave();
        }
    }
}
