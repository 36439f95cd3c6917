package io.aikv.server.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what somebody who misspelt a word meant. */
final class Words {
    private Words() {}

    /** {@code ; did you mean "port"?}, or the list of what there is. */
    static String suggestion(String word, Collection<String> known, String what) {
        String nearest = nearest(word, known);
        return nearest == null
                ? "; the " + what + " are " + String.join(", ", known)
                : "; did you mean \"" + nearest + "\"?";
    }

    /** The known word that is nearest by edits, or null if none is near. */
    static @Nullable String nearest(String word, Collection<String> known) {
        String best = null;
        int bestDistance = Math.max(1, word.length() / 3) + 1;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best;
    }

    /** Edits, swaps of neighbours among them, from one to the other; {@code -} and {@code _} are the same. */
    private static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int substitute = same(a.charAt(i - 1), b.charAt(j - 1)) ? 0 : 1;
                int best = Math.min(Math.min(table[i - 1][j], table[i][j - 1]) + 1, table[i - 1][j - 1] + substitute);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                table[i][j] = swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
            }
        }
        return table[a.length()][b.length()];
    }

    private static boolean same(char a, char b) {
        return a == b || (a == '_' && b == '-') || (a == '-' && b == '_');
    }
}
