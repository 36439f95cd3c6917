# What the commands of this folder share; read with `.`, never run. Works from any directory.

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Packages the server and the harness unless both are newer than everything that they are made of.
build() {
    local jar=$home/target/aikv.jar classes=$home/target/test-classes/io/aikv/testcluster/TestCluster.class
    if [ -f "$jar" ] && [ -f "$classes" ] &&
        [ -z "$(cd "$home" && find pom.xml src/main test-cluster/java conf -type f -newer "$jar" -print -quit)" ]; then
        return
    fi
    command -v mvn >/dev/null || fail "needs Maven (mvn) to build, and does not find it"
    echo "building (the first time this takes some minutes) ..."
    (cd "$home" && mvn -B -q -ntp -DskipTests package </dev/null) || fail "the build failed"
}

# run HEAP CLASS ARGUMENT...: becomes the Java VM, so that signals reach it.
run() {
    local heap=$1 class=$2 java=java
    shift 2
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
    fi
    command -v "$java" >/dev/null || fail "needs a JDK of version 17 or newer in JAVA_HOME or PATH"
    mkdir -p "$home/target/tmp"
    exec "$java" "-Xmx$heap" -XX:+UseParallelGC -XX:MaxDirectMemorySize=1g \
        "-Djava.io.tmpdir=$home/target/tmp" \
        "-Dlogback.configurationFile=$home/test-cluster/logback.xml" \
        "-Daikv.home=$home" \
        -cp "$home/target/aikv.jar:$home/target/test-classes" \
        "$class" "$@"
}
