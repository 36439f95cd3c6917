# What aikv-server and aikv-admin share; read with `.`, never run. POSIX sh.
# The caller has set $home, the directory that holds bin, conf and lib. Sets $jar, $java and $java_major.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Prints the feature release of a java command (8, 11, 17, ...), or nothing when it does not run.
java_major_of() {
    "$1" -version 2>&1 | sed -n -e 's/.* version "1\.\([0-9]*\).*/\1/p' -e 's/.* version "\([0-9][0-9]*\).*/\1/p' | head -n 1
}

# The first Java of at least 17 among JAVA_HOME and PATH.
find_java() {
    tried=""
    for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)"; do
        if [ -z "$candidate" ]; then
            continue
        fi
        if [ ! -x "$candidate" ]; then
            tried="$tried; $candidate is not a command"
            continue
        fi
        java_major=$(java_major_of "$candidate")
        if [ "${java_major:-0}" -ge 17 ]; then
            java=$candidate
            return
        fi
        tried="$tried; $candidate is version ${java_major:-unknown}"
    done
    fail "needs Java 17 or newer in JAVA_HOME or PATH${tried:- (neither has one)}"
}

jar=$home/lib/aikv.jar
[ -f "$jar" ] || fail "$jar is missing: unpack the distribution again, or build it with 'mvn package'"
find_java

# Loading RocksDB and epoll is what we are for: no warnings about native code and Unsafe on newer Javas.
native_access=""
if [ "$java_major" -ge 22 ]; then
    native_access="--enable-native-access=ALL-UNNAMED"
fi
if [ "$java_major" -ge 23 ]; then
    native_access="$native_access --sun-misc-unsafe-memory-access=allow"
fi
