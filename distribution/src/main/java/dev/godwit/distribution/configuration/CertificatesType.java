package dev.godwit.distribution.configuration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The broker's keys with their certificates. */
final class CertificatesType implements ValueType<List<ConfiguredCertificate>> {
    private static final int PASSWORD_LENGTH_MAX = 1_024;

    @Override
    public List<ConfiguredCertificate> read(@Nullable Object raw) throws InvalidValueException {
        var certificates = new ArrayList<ConfiguredCertificate>();
        for (Object item : FieldMap.list(raw)) {
            certificates.add(certificate(new FieldMap(item, Set.of("certificates"), Set.of("key", "password"))));
        }
        return List.copyOf(certificates);
    }

    private static ConfiguredCertificate certificate(FieldMap fields) throws InvalidValueException {
        if (fields.has("key") == fields.has("password")) {
            throw new InvalidValueException();
        }
        return new ConfiguredCertificate(
                ValueTypes.path().read(fields.raw("certificates")),
                fields.has("key") ? ValueTypes.path().read(fields.raw("key")) : null,
                fields.has("password") ? fields.text("password", PASSWORD_LENGTH_MAX) : null);
    }

    @Override
    public List<ConfiguredCertificate> resolve(List<ConfiguredCertificate> value, Path base) {
        return value.stream()
                .map(each -> new ConfiguredCertificate(
                        base.resolve(each.certificates()).normalize(),
                        each.key() == null ? null : base.resolve(each.key()).normalize(),
                        each.password()))
                .toList();
    }

    @Override
    public String expects() {
        return "a list of {certificates: FILE, key: FILE} (PEM) or {certificates: FILE, password: TEXT} (PKCS#12)";
    }

    @Override
    public String write(List<ConfiguredCertificate> value) {
        return value.stream()
                .map(each -> "{certificates: "
                        + ValueTypes.quoted(each.certificates().toString())
                        + (each.key() == null
                                ? ""
                                : ", key: " + ValueTypes.quoted(each.key().toString()))
                        + (each.password() == null ? "" : ", password: " + ValueTypes.quoted(each.password())) + "}")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
