package dev.godwit.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Signs certificates for tests, by the JDK's keytool, when they are needed: none lies about that could expire. Owned by
 * one test.
 */
public final class TestAuthority {
    /** Of all stores that are made here. */
    public static final String PASSWORD = "changeit";

    private static final long SECONDS_MAX = 60;

    private final Path directory;
    private final Path store;

    /** A new authority, whose files lie in a directory of the test. */
    public TestAuthority(Path directory, String name) throws IOException {
        this.directory = Files.createDirectories(directory);
        store = directory.resolve(name + "-authority.p12");
        makeKey(store, "CN=" + name, "RSA", "-ext", "bc:c");
    }

    /** A key with its certificate, as a PKCS#12 file and as two PEM files; password {@link #PASSWORD}. */
    public record Signed(Path pkcs12, Path chainPem, Path keyPem) {}

    /**
     * Makes a key and signs its certificate.
     *
     * @param subject such as {@code CN=ann,O=Godwit}
     * @param algorithm RSA or EC
     * @param dnsNames for a server; none for a client
     */
    public Signed sign(String fileName, String subject, String algorithm, String... dnsNames) throws IOException {
        var pkcs12 = directory.resolve(fileName + ".p12");
        var request = directory.resolve(fileName + ".csr");
        var certificate = directory.resolve(fileName + ".crt");
        Files.deleteIfExists(pkcs12);
        makeKey(pkcs12, subject, algorithm);
        keytool(pkcs12, "-certreq", "-alias", "key", "-file", request.toString());
        var names = new ArrayList<String>(List.of("-gencert", "-alias", "key", "-rfc", "-validity", "30"));
        names.addAll(List.of("-infile", request.toString(), "-outfile", certificate.toString()));
        if (dnsNames.length > 0) {
            names.addAll(List.of("-ext", "san=ip:127.0.0.1,dns:" + String.join(",dns:", dnsNames)));
        }
        keytool(store, names.toArray(String[]::new));
        var authority = authorityPem();
        keytool(pkcs12, "-importcert", "-noprompt", "-alias", "authority", "-file", authority.toString());
        keytool(pkcs12, "-importcert", "-noprompt", "-alias", "key", "-file", certificate.toString());
        return new Signed(pkcs12, certificate, keyPem(fileName, pkcs12));
    }

    private Path keyPem(String fileName, Path pkcs12) throws IOException {
        try {
            var keys = KeyStore.getInstance(pkcs12.toFile(), PASSWORD.toCharArray());
            var key = keys.getKey("key", PASSWORD.toCharArray());
            var text = Base64.getMimeEncoder().encodeToString(key.getEncoded());
            return Files.writeString(
                    directory.resolve(fileName + ".key"),
                    "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException unreadable) {
            throw new IOException("keytool's file cannot be read", unreadable);
        }
    }

    /** The authority's own certificate. */
    public Path authorityPem() throws IOException {
        var pem = store.resolveSibling(store.getFileName() + ".pem");
        if (Files.notExists(pem)) {
            keytool(store, "-exportcert", "-rfc", "-alias", "key", "-file", pem.toString());
        }
        return pem;
    }

    /** The authority's own certificate, for clients that take a PKCS#12 file; password {@link #PASSWORD}. */
    public Path trustStore() throws IOException {
        var trust = store.resolveSibling(store.getFileName() + ".trust.p12");
        if (Files.notExists(trust)) {
            var pem = authorityPem().toString();
            keytool(trust, "-importcert", "-noprompt", "-alias", "authority", "-file", pem);
        }
        return trust;
    }

    private static void makeKey(Path store, String subject, String algorithm, String... further) throws IOException {
        var arguments = new ArrayList<String>(List.of("-genkeypair", "-alias", "key", "-dname", subject));
        arguments.addAll(List.of("-keyalg", algorithm, "-validity", "30"));
        arguments.addAll(List.of(
                algorithm.equals("EC") ? new String[] {"-groupname", "secp256r1"} : new String[] {"-keysize", "2048"}));
        arguments.addAll(List.of(further));
        keytool(store, arguments.toArray(String[]::new));
    }

    private static void keytool(Path store, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        var output = Files.createTempFile("keytool", ".txt");
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("keytool failed: " + Files.readString(output));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            Files.delete(output);
        }
    }
}
