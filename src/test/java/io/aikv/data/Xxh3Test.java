package io.aikv.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.base.Bytes;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Xxh3Test {

    /** Every branch by length, against xxhsum 0.8 ({@code -H3}); the bytes are 0, 1, 2, ... modulo 251. */
    @ParameterizedTest
    @CsvSource({
        "0, 2d06800538d394c2",
        "1, c44bdff4074eecdb",
        "2, d6645fc3051a9457",
        "3, 5f4299fc161c9cbb",
        "4, 60dab036a58211f2",
        "5, b075753a84ca0fbe",
        "8, 3a1c2d7c85af88f8",
        "9, e9612598145bb9dc",
        "12, 5ace6a511c10894b",
        "16, 8355e3a6f61770db",
        "17, 9ef341a99de37328",
        "31, 4f36db8e4df378fd",
        "32, 3523581fe96e4c05",
        "33, e68c56ba88991e58",
        "64, 6187eb9089b0ed55",
        "65, 6928c76ce90422d0",
        "96, 278a3e12ea046dfb",
        "97, e7220282dc4e14f4",
        "128, 85c6174c7ff4c46b",
        "129, ec7642b431ba3e5a",
        "143, 8222e885f060341d",
        "144, 028e1e35ff4c0a01",
        "160, 5bea9075ec9401b8",
        "239, 972b14e3c46f214b",
        "240, 375a384d957fe865",
        "241, 02e8cd95421c6d02",
        "255, 074191baf9c49567",
        "256, 44f5d90dacde463a",
        "300, fdda6967cf021dbc",
        "512, 5c021aac13954143",
        "1023, d3d91d80ac495685",
        "1024, e5d78bafa45b2aa5",
        "1025, e95c42288f28186e",
        "1088, 1a848d807034c403",
        "1089, a51e35ec282cb1d8",
        "2048, 25339063db861586",
        "4096, 7135ffa504f1bc71",
        "5000, b418500fc42320ee",
        "100000, 42c23aeead96750d"
    })
    void hashesEveryLengthAsTheReferenceDoes(int length, String expected) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }

        assertEquals(expected, HexFormat.of().toHexDigits(Xxh3.hash(bytes)));
    }

    /** From Redis' own tests and documentation of DIGEST. */
    @ParameterizedTest
    @CsvSource({
        "hello, 9555e8555c62dcfd",
        "123, 404a763b3f4c8c9a",
        "v8, 0cc76dbb41381419",
        "Hello world, b6acb9d84a38ff74",
        "v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2kwlj7626sd, 00006c38adf31777"
    })
    void digestsAsRedisDoes(String value, String expected) {
        assertEquals(expected, Strings.digest(Bytes.utf8(value)));
    }
}
