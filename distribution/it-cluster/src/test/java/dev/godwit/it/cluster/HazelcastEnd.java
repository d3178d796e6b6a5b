package dev.godwit.it.cluster;

import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Ends Hazelcast in the process of a node, where nothing else ends, as if it had given up by itself. Nodes have no switch for that: it
 * is done by an agent, which is loaded into them.
 */
final class HazelcastEnd {
    private HazelcastEnd() {}

    /** In the node's process, called by its virtual machine. */
    @SuppressWarnings("unused")
    public static void agentmain(String arguments) {
        HazelcastInstanceFactory.terminateAll();
    }

    /** Returns when it has ended. */
    static void in(long pid) throws IOException {
        Path agent = agent();
        try {
            var machine = VirtualMachine.attach(Long.toString(pid));
            try {
                machine.loadAgent(agent.toString());
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | AgentLoadException | AgentInitializationException e) {
            throw new IOException("process " + pid + " takes no agent", e);
        } finally {
            Files.delete(agent);
        }
    }

    /** Names this class: nodes have it on their class path, which is that of the test. */
    private static Path agent() throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", HazelcastEnd.class.getName());
        Path file = Files.createTempFile("godwit-agent", ".jar");
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
        return file;
    }
}
