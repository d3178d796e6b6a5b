package dev.godwit.distribution.certificate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Signs the certificates of a cluster's nodes. It is two files of a directory: {@value #KEY_FILE} with its private key, which nobody
 * needs but who signs, and {@value #CERTIFICATE_FILE}, which each node needs to know the others. Stateless but for these.
 */
public final class ClusterAuthority {
    public static final String KEY_FILE = "authority.p12";
    public static final String CERTIFICATE_FILE = "authority.pem";

    /** What the store is locked with if nobody says anything else; its mode is what protects it then. */
    public static final String DEFAULT_PASSWORD = "godwit-authority";

    private static final int AUTHORITY_DAYS = 3_650;
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");
    private static final Pattern IP_ADDRESS =
            Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    private final Path directory;
    private final String password;

    /**
     * @param directory where its files are, or will be
     * @param password of its private key, at least 6 characters
     */
    public ClusterAuthority(Path directory, String password) {
        this.directory = directory;
        this.password = password;
    }

    /** Whether its key is here, to sign with. */
    public boolean exists() {
        return Files.exists(directory.resolve(KEY_FILE));
    }

    private Path target(String fileName) {
        return directory.resolve(fileName);
    }

    /**
     * Makes the authority. Its certificate holds for ten years.
     *
     * @throws NotMadeException also when one of its files is there: a second authority's nodes would be trusted by nobody
     */
    public void make() throws NotMadeException {
        for (String fileName : List.of(CERTIFICATE_FILE, KEY_FILE)) {
            if (Files.exists(target(fileName))) {
                throw new NotMadeException(target(fileName) + " is there already: bring the authority's other file, "
                        + KEY_FILE + " or " + CERTIFICATE_FILE + ", or take another directory; nothing was changed");
            }
        }
        working((keytool, work) -> {
            Path store = work.resolve("authority.p12");
            keytool.run(
                    store,
                    List.of(
                            "-genkeypair",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp384r1",
                            "-dname",
                            "CN=Godwit cluster authority",
                            "-validity",
                            String.valueOf(AUTHORITY_DAYS),
                            "-ext",
                            "bc:c=ca:true,pathlen:0",
                            "-ext",
                            "ku:c=keyCertSign,cRLSign"));
            Path certificate = work.resolve("authority.pem");
            Files.writeString(
                    certificate,
                    pem("CERTIFICATE", open(store).getCertificate("key").getEncoded()));
            // Without its key the certificate signs nothing, should the process end in between.
            PrivateFiles.publish(certificate, target(CERTIFICATE_FILE), false);
            boolean whole = false;
            try {
                PrivateFiles.publish(store, target(KEY_FILE), true);
                whole = true;
            } finally {
                if (!whole) {
                    Files.deleteIfExists(target(CERTIFICATE_FILE));
                }
            }
        });
    }

    /**
     * Makes a node's private key and its certificate, in one PEM file that is called like the node.
     *
     * @param nodeId the node's id, by which others know it
     * @param hosts further names and IP addresses of the node, for clients that look at them
     * @param days how long it holds
     * @return the file
     */
    public Path sign(String nodeId, List<String> hosts, int days) throws NotMadeException {
        return sign(nodeId, hosts, "-1H", days);
    }

    /** @param from when it begins to hold, as keytool's startdate says it; by default before now: clocks differ */
    Path sign(String nodeId, List<String> hosts, String from, int days) throws NotMadeException {
        Path target = target(nodeId + ".pem");
        if (Files.exists(target)) {
            throw new NotMadeException(target + " is there already; nothing was changed");
        }
        String names = names(nodeId, hosts);
        checkFilesBelongTogether();
        working((keytool, work) -> {
            Path store = work.resolve("node.p12");
            Path request = work.resolve("request.csr");
            Path signed = work.resolve("node.crt");
            keytool.run(
                    store,
                    List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + nodeId));
            keytool.run(store, List.of("-certreq", "-file", request.toString()));
            keytool.run(
                    target(KEY_FILE),
                    List.of(
                            "-gencert",
                            "-rfc",
                            "-infile",
                            request.toString(),
                            "-outfile",
                            signed.toString(),
                            "-startdate",
                            from,
                            "-validity",
                            String.valueOf(days),
                            "-ext",
                            "san=" + names,
                            "-ext",
                            "ku:c=digitalSignature",
                            "-ext",
                            "eku=serverAuth,clientAuth"));
            Path finished = work.resolve("node.pem");
            PrivateFiles.write(
                    finished,
                    pem(
                                    "PRIVATE KEY",
                                    open(store)
                                            .getKey("key", password.toCharArray())
                                            .getEncoded())
                            + Files.readString(signed));
            PrivateFiles.publish(finished, target, true);
        });
        return target;
    }

    /** The nodes trust what is in the one file; the key in the other one signs. */
    private void checkFilesBelongTogether() throws NotMadeException {
        Path trusted = target(CERTIFICATE_FILE);
        if (!Files.exists(trusted)) {
            throw new NotMadeException(trusted + " is missing: nodes know each other by it; nothing was changed");
        }
        try (var in = Files.newInputStream(trusted)) {
            var certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            if (!certificate.equals(open(target(KEY_FILE)).getCertificate("key"))) {
                throw new NotMadeException(
                        trusted + " is of another authority than " + KEY_FILE + "; nothing was changed");
            }
        } catch (IOException | GeneralSecurityException unreadable) {
            throw new NotMadeException(
                    "the authority in " + directory + " cannot be used: " + unreadable.getMessage(), unreadable);
        }
    }

    private static String names(String nodeId, List<String> hosts) throws NotMadeException {
        List<String> names = new ArrayList<>(List.of("dns:" + nodeId));
        for (String host : hosts) {
            if (IP_ADDRESS.matcher(host).matches()) {
                names.add("ip:" + host);
            } else if (HOST.matcher(host).matches()) {
                names.add("dns:" + host);
            } else {
                throw new NotMadeException("'" + host + "' is no name of a host, and no IP address");
            }
        }
        return names.stream().distinct().collect(Collectors.joining(","));
    }

    private KeyStore open(Path store) throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(store.toFile(), password.toCharArray());
    }

    private static String pem(String what, byte[] bytes) {
        var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        return "-----BEGIN " + what + "-----\n" + lines.encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    private interface Work {
        void run(Keytool keytool, Path directory) throws NotMadeException, IOException, GeneralSecurityException;
    }

    /** In a directory of its own, in the same file system, that is gone afterwards. */
    private void working(Work work) throws NotMadeException {
        try {
            Files.createDirectories(directory);
            Path own = PrivateFiles.makeDirectory(directory);
            try {
                work.run(new Keytool(own, password), own);
            } finally {
                PrivateFiles.remove(own);
            }
        } catch (IOException | GeneralSecurityException failed) {
            throw new NotMadeException("files in " + directory + " cannot be used: " + failed.getMessage(), failed);
        }
    }
}
