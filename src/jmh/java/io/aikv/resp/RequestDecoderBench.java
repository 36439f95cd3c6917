package io.aikv.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Time to decode one pipelined SET from a direct buffer: our decoder against netty-codec-redis. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RequestDecoderBench {
    private static final int PIPELINE = 64;

    @Param({"100", "1024"})
    int valueBytes;

    @Param({"own", "codec"})
    String decoder = "own";

    private ByteBuf stream = Unpooled.EMPTY_BUFFER;
    private RequestReader reader = new RequestDecoder(RequestLimits.defaults());

    @Setup
    public void fill() {
        reader = decoder.equals("own") ? new RequestDecoder(RequestLimits.defaults()) : new CodecRequestReader();
        stream = Unpooled.directBuffer();
        byte[][] set = {{'S', 'E', 'T'}, new byte[16], new byte[valueBytes]};
        for (int i = 0; i < PIPELINE; i++) {
            ReplyWriter.writeRequest(set, stream);
        }
    }

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public void decode(Blackhole sink) throws ProtocolError {
        stream.readerIndex(0);
        for (Request request = reader.next(stream); request != null; request = reader.next(stream)) {
            sink.consume(request);
        }
    }
}
