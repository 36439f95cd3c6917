package io.aikv;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Assertions;

/**
 * The table of packages in {@code src/site/markdown/architecture.md}, as rules. A new package needs a row in both; a new
 * direction needs a reason in the commit that adds it here.
 */
@AnalyzeClasses(packages = "io.aikv", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String ROOT = "io.aikv.";

    /** What each package below {@code io.aikv} may import of the others. */
    private static final Map<String, Set<String>> MAY_IMPORT = new TreeMap<>(Map.ofEntries(
            Map.entry("base", Set.of()),
            Map.entry("resp", Set.of("base")),
            Map.entry("transport", Set.of("base")),
            Map.entry("store", Set.of("base")),
            Map.entry("topology", Set.of("base")),
            Map.entry("data", Set.of("base", "store")),
            Map.entry("command", Set.of("base", "resp", "data")),
            Map.entry("script", Set.of("base", "resp", "data", "command")),
            Map.entry("raft", Set.of("base", "resp", "transport", "store", "data", "command", "script")),
            Map.entry(
                    "cluster",
                    Set.of("base", "resp", "transport", "store", "topology", "data", "command", "script", "raft")),
            Map.entry(
                    "server",
                    Set.of(
                            "base",
                            "resp",
                            "transport",
                            "store",
                            "topology",
                            "data",
                            "command",
                            "script",
                            "raft",
                            "cluster",
                            "proxy")),
            Map.entry("proxy", Set.of("base", "resp", "topology", "command")),
            Map.entry("admin", Set.of("base", "resp", "topology", "command"))));

    /** Libraries that only some packages may see. */
    private static final Map<String, Set<String>> LIBRARY_BELONGS_TO = Map.of(
            "org.rocksdb..", Set.of("store"),
            "party.iroiro..", Set.of("script"),
            "org.apache.ratis..", Set.of("raft"),
            "io.netty..", Set.of("resp", "transport", "raft", "cluster", "server", "proxy", "admin"),
            "picocli..", Set.of("server", "admin"),
            "ch.qos.logback..", Set.of("server", "admin"),
            "com.codahale.metrics..", Set.of("raft", "cluster", "server", "proxy"),
            "io.prometheus..", Set.of("server"),
            "com.google.re2j..", Set.of("data"),
            "com.fasterxml.jackson..", Set.of("base", "data", "topology", "cluster", "server", "proxy", "admin"));

    /** Everything that runs inside an entry: it must come to the same result on every replica. */
    private static final DescribedPredicate<JavaClass> REPLICATED =
            describe("replicated code", ArchitectureTest::isReplicated);

    @ArchTest
    static void everyPackageIsInTheTable(JavaClasses all) {
        List<String> unknown = all.stream()
                .map(ArchitectureTest::layer)
                .filter(layer -> !MAY_IMPORT.containsKey(layer))
                .distinct()
                .sorted()
                .toList();

        Assertions.assertEquals(List.of(), unknown, "packages below io.aikv without a row in the table");
    }

    @ArchTest
    static void packagesImportOnlyWhatTheTableAllows(JavaClasses all) {
        MAY_IMPORT.forEach((layer, allowed) -> {
            String[] forbidden = MAY_IMPORT.keySet().stream()
                    .filter(other -> !other.equals(layer) && !allowed.contains(other))
                    .map(other -> ROOT + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + layer + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .allowEmptyShould(true)
                    .check(all);
        });
    }

    @ArchTest
    static void librariesStayWhereTheyBelong(JavaClasses all) {
        LIBRARY_BELONGS_TO.forEach((library, layers) -> noClasses()
                .that(describe("outside " + layers, c -> !layers.contains(layer(c))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .allowEmptyShould(true)
                .check(all));
    }

    @ArchTest
    static final ArchRule thereAreNoCircles =
            slices().matching("io.aikv.(*)..").should().beFreeOfCycles().allowEmptyShould(true);

    @ArchTest
    static final ArchRule replicatedCodeSeesNoClockAndNoChance = noClasses()
            .that(REPLICATED)
            .should()
            .callCodeUnitWhere(describe("reads a clock or makes a random choice", call -> isImpure(call.getTarget())))
            .orShould()
            .dependOnClassesThat(type(ThreadLocalRandom.class)
                    .or(resideInAnyPackage("java.security"))
                    .or(describe("io.aikv.base.Clock", c -> c.getName().equals(ROOT + "base.Clock"))))
            .allowEmptyShould(true)
            .because("time, seed and ids come with the entry (architecture.md, I2)");

    @ArchTest
    static final ArchRule replicatedCodeStartsNothingAndWaitsForNothing = noClasses()
            .that(REPLICATED)
            .should()
            .dependOnClassesThat(type(Thread.class)
                    .or(type(Timer.class))
                    .or(assignableTo(Executor.class))
                    .or(assignableTo(Future.class))
                    .or(resideInAnyPackage("java.util.concurrent.locks..", "java.net..", "java.nio.file..")))
            .allowEmptyShould(true)
            .because("the apply thread runs handlers, it does not wait, lock, or talk (architecture.md, Threads)");

    @ArchTest
    static final ArchRule classesAreFinalOrMeantToBeExtended = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotAnnotations()
            .should(new FinalOrExtended())
            .allowEmptyShould(true);

    private static boolean isReplicated(JavaClass c) {
        return switch (layer(c)) {
            case "data", "command", "script" -> true;
            case "store" ->
                Set.of("StoreTransaction", "Savepoint", "Overlay", "OverlayCursor", "KeyLayout", "KeyCounters")
                        .contains(outermost(c).getSimpleName());
            default -> false;
        };
    }

    private static boolean isImpure(CodeUnitCallTarget target) {
        String owner = target.getOwner().getName();
        String name = target.getName();
        boolean noArguments = target.getRawParameterTypes().isEmpty();
        boolean unseeded = name.equals("<init>") && noArguments;
        return switch (name) {
            case "currentTimeMillis", "nanoTime", "identityHashCode" -> owner.equals(System.class.getName());
            case "random" -> owner.equals(Math.class.getName()) || owner.equals(StrictMath.class.getName());
            case "randomUUID" -> owner.equals(UUID.class.getName());
            case "now", "systemUTC", "systemDefaultZone", "system" -> owner.startsWith("java.time.");
            case "shuffle" ->
                owner.equals("java.util.Collections")
                        && target.getRawParameterTypes().size() == 1;
            default ->
                unseeded
                        && Set.of(Random.class.getName(), SplittableRandom.class.getName(), "java.util.Date")
                                .contains(owner);
        };
    }

    /** The first part of the package's name below {@code io.aikv}; empty for {@code io.aikv} itself. */
    private static String layer(JavaClass c) {
        String name = c.getPackageName() + ".";
        return name.startsWith(ROOT) ? name.substring(ROOT.length()).replaceFirst("\\..*", "") : name;
    }

    private static JavaClass outermost(JavaClass c) {
        JavaClass outer = c;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }

    /** A class that is neither final nor abstract must have a subclass: else it is only forgotten. */
    private static final class FinalOrExtended extends ArchCondition<JavaClass> {

        FinalOrExtended() {
            super("be final, abstract, or extended");
        }

        @Override
        public void check(JavaClass c, ConditionEvents events) {
            boolean closed = c.getModifiers().contains(JavaModifier.FINAL)
                    || c.getModifiers().contains(JavaModifier.ABSTRACT)
                    || c.isEnum();
            if (!closed && c.getSubclasses().isEmpty()) {
                events.add(SimpleConditionEvent.violated(c, c.getName() + " should be final"));
            }
        }
    }
}
