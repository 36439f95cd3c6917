package io.aikv.server.command;

import io.aikv.server.session.Compatibility;

/** Which versions the server says it is. */
public final class Version {
    /** The release of Redis whose commands and replies are the model; clients switch features on by it. */
    static final String REDIS = Compatibility.REDIS_VERSION;

    private Version() {}

    /** The version in the jar's manifest; {@code dev} when run from classes. */
    public static String aikv() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
