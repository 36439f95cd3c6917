package io.aikv.server.command;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the operating system and the virtual machine tell about this process. Any thread. Cost: a small file of /proc. */
final class ProcessFigures {
    private static final Path STAT = Path.of("/proc/self/stat");

    /** The unit of the times in {@code /proc/self/stat}: {@code sysconf(_SC_CLK_TCK)}, 100 on every Linux. */
    private static final double TICKS_PER_SECOND = 100;

    private static final long PAGE_BYTES = 4096;

    // Positions behind the command's name, which may contain blanks and ends with the last bracket (proc(5)).
    private static final int UTIME = 11;
    private static final int STIME = 12;
    private static final int CHILDREN_UTIME = 13;
    private static final int CHILDREN_STIME = 14;
    private static final int RSS_PAGES = 21;

    /** Processor time in seconds. */
    record Cpu(double user, double system, double childrenUser, double childrenSystem) {}

    private ProcessFigures() {}

    private static String[] stat() {
        try {
            String line = Files.readString(STAT);
            return line.substring(line.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            return new String[0]; // Not Linux: the callers fall back to what the virtual machine knows.
        }
    }

    static Cpu cpu() {
        String[] stat = stat();
        if (stat.length > CHILDREN_STIME) {
            return new Cpu(
                    seconds(stat[UTIME]),
                    seconds(stat[STIME]),
                    seconds(stat[CHILDREN_UTIME]),
                    seconds(stat[CHILDREN_STIME]));
        }
        long nanos = system() == null ? 0 : system().getProcessCpuTime();
        return new Cpu(nanos / 1e9, 0, 0, 0);
    }

    private static double seconds(String ticks) {
        return Long.parseLong(ticks) / TICKS_PER_SECOND;
    }

    /** Resident bytes; where the system does not tell, what the heap has reserved. */
    static long residentBytes() {
        String[] stat = stat();
        return stat.length > RSS_PAGES
                ? Long.parseLong(stat[RSS_PAGES]) * PAGE_BYTES
                : Runtime.getRuntime().totalMemory();
    }

    /** Bytes of the machine, or of its container. */
    static long machineBytes() {
        return system() == null ? 0 : system().getTotalMemorySize();
    }

    private static com.sun.management.@Nullable OperatingSystemMXBean system() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean
                ? bean
                : null;
    }

    /** {@code Linux 6.1.0 x86_64}. */
    static String operatingSystem() {
        String machine = System.getProperty("os.arch", "").replace("amd64", "x86_64");
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + machine;
    }

    static long pid() {
        return ProcessHandle.current().pid();
    }

    /** The program, as the system knows it: the Java launcher. */
    static String executable() {
        return ProcessHandle.current().info().command().orElse("");
    }

    static String javaVersion() {
        return System.getProperty("java.vm.version", "");
    }
}
