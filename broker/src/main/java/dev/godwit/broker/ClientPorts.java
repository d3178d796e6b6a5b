package dev.godwit.broker;

import dev.godwit.broker.BrokerConfiguration.Listen;
import dev.godwit.broker.BrokerConfiguration.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;

/**
 * Where clients come in while a node serves: known before it does, since other nodes tell clients of it. Nobody keeps the ports
 * meanwhile. Stateless.
 */
final class ClientPorts {
    private ClientPorts() {}

    /**
     * The same with a free port in the place of each 0.
     *
     * @throws BrokerStartException when one of the listeners cannot listen
     */
    static Listen find(Listen listen) throws BrokerStartException {
        var further = new ArrayList<Listener>();
        for (var listener : listen.further()) {
            further.add(listener.withPort(find(listener)));
        }
        return listen.withPort(find(listen.first())).withFurther(further);
    }

    private static int find(Listener listener) throws BrokerStartException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(listener.host()), listener.port()));
            return socket.getLocalPort();
        } catch (IOException failed) {
            throw ListenPoint.failure(listener, failed);
        }
    }
}
