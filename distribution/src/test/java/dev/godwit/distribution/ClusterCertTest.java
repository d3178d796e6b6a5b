package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterCertTest {
    @TempDir
    private Path directory;

    private CommandLineRun cert(String... arguments) {
        var all = new ArrayList<>(List.of("cluster", "cert", "--dir", directory.toString()));
        all.addAll(List.of(arguments));
        return CommandLineRun.of(all.toArray(String[]::new));
    }

    private X509Certificate certificate(String file) throws Exception {
        String text = Files.readString(directory.resolve(file));
        try (var in = new ByteArrayInputStream(
                text.substring(text.indexOf("-----BEGIN CERTIFICATE")).getBytes(StandardCharsets.US_ASCII))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private String mode(String file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file)));
    }

    @Test
    void makesAnAuthorityOnceAndCertificatesThatItSigned() throws Exception {
        var first = cert("n1", "--host", "broker-1.example", "--host", "10.0.0.1");
        assertThat(first.err()).isEmpty();
        assertThat(first.out()).contains("authority.p12", "authority.pem", "n1.pem");
        byte[] authority = Files.readAllBytes(directory.resolve("authority.p12"));
        assertThat(cert("n2").out()).contains("n2.pem").doesNotContain("authority");
        assertThat(Files.readAllBytes(directory.resolve("authority.p12"))).isEqualTo(authority);
        var signer = certificate("authority.pem");
        assertThat(signer.getBasicConstraints()).isZero();
        for (String node : List.of("n1.pem", "n2.pem")) {
            certificate(node).verify(signer.getPublicKey());
            assertThat(certificate(node).getBasicConstraints()).isEqualTo(-1);
            assertThat(mode(node)).isEqualTo("rw-------");
        }
        assertThat(mode("authority.p12")).isEqualTo("rw-------");
        assertThat(certificate("n1.pem").getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "n1"), List.of(2, "broker-1.example"), List.of(7, "10.0.0.1"));
        try (var files = Files.list(directory)) {
            assertThat(files.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder("authority.p12", "authority.pem", "n1.pem", "n2.pem");
        }
    }

    @Test
    void overwritesNothing() throws Exception {
        assertThat(cert("n1").exitCode()).isZero();
        String before = Files.readString(directory.resolve("n1.pem"));
        var again = cert("n1");
        assertThat(again.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(again.err()).contains("n1.pem is there already; nothing was changed");
        assertThat(Files.readString(directory.resolve("n1.pem"))).isEqualTo(before);
    }

    @Test
    void refusesWhatIsNoName() throws Exception {
        for (String wrong : List.of("a/b", "../n1", "a,dns:b", "", "authority")) {
            assertThat(cert(wrong).exitCode()).as(wrong).isEqualTo(ExitCode.USAGE.code());
        }
        assertThat(cert("n1", "--days", "0").exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(cert("n1", "--host", "a,dns:b").err()).contains("is no name of a host");
        assertThat(directory.resolve("n1.pem")).doesNotExist();
    }
}
