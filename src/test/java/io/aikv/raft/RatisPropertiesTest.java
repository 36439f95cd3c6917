package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RatisPropertiesTest {
    private static RaftOptions options(Duration electionMin) {
        RaftOptions.Timing usual = RaftOptions.Timing.defaults();
        return RaftOptions.defaults("n1", Path.of("nowhere"), "127.0.0.1", 1)
                .withTiming(new RaftOptions.Timing(
                        electionMin,
                        electionMin.multipliedBy(2),
                        usual.holdMax(),
                        usual.replicaReadMax(),
                        usual.requestMax(),
                        usual.gatherMax()));
    }

    /** A longer sleep and only heartbeats are sent, which never reach back to where a follower that lost its log is. */
    @ParameterizedTest
    @ValueSource(longs = {10, 50, 500, 5_000})
    void theAppenderOfGrpcNeverSleepsForAsLongAsUntilAHeartbeat(long electionMinMillis) {
        RaftProperties properties =
                RatisProperties.of(options(Duration.ofMillis(electionMinMillis)), Path.of("nowhere"));
        RetryPolicy policy = RetryPolicy.parse(RaftServerConfigKeys.Log.Appender.retryPolicy(properties));

        for (int errors = 1; errors < 2_000; errors++) {
            int count = errors;
            RetryPolicy.Action action = policy.handleAttemptFailure(() -> count);
            TimeDuration sleep = action.getSleepTime();
            assertTrue(action.shouldRetry() && sleep.isPositive(), errors + " errors: " + sleep);
            assertTrue(
                    sleep.compareTo(TimeDuration.valueOf(electionMinMillis / 2, TimeUnit.MILLISECONDS)) < 0,
                    errors + " errors: " + sleep);
        }
    }

    @Test
    void anAddressIsNewsOnlyWhenItDiffers() {
        try (PeerAddresses addresses = new PeerAddresses("n1")) {
            assertTrue(addresses.put("n2", "127.0.0.1", 1));
            assertFalse(addresses.put("n2", "127.0.0.1", 1));
            assertTrue(addresses.put("n2", "127.0.0.1", 2));
        }
    }
}
