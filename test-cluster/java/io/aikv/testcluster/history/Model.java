package io.aikv.testcluster.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sequential meaning of operations on one key: what a single server without concurrency would do.
 *
 * <p>Implementations are stateless and deterministic: a state and an operation give one reply and one next state. States
 * are immutable values with {@code equals} and {@code hashCode}.
 *
 * @param <S> the state of one key
 */
public interface Model<S> {

    /** The state of a key that nobody has touched. */
    S initial();

    /**
     * Applies {@code operation} to {@code state}.
     *
     * @param result what the client saw; {@link Result#UNKNOWN} permits every reply
     * @return the next state, or null when a server in this state could not have replied so
     * @throws IllegalArgumentException if the model does not know this kind of operation
     */
    @Nullable
    S apply(S state, Operation operation, Result result);

    /**
     * Whether {@code operation}, given that it replied {@code result}, leaves every state as it is. Saying no is always
     * correct; saying yes lets the checker order the operation as early as it fits.
     */
    default boolean isReadOnly(Operation operation, Result result) {
        return false;
    }

    /**
     * A model with the same meaning for exactly this history of one key, which may refuse states early that cannot lead
     * to its results. The default is this model.
     */
    default Model<S> focusedOn(List<Entry> entries) {
        return this;
    }

    /**
     * Operations with equal canonical forms lead to equal states and replies wherever this model applies them, so the
     * checker need not try them in every order. The default tells all operations apart that are not equal.
     */
    default Operation canonical(Operation operation) {
        return operation;
    }

    /** The state, for people. */
    default String describe(S state) {
        return String.valueOf(state);
    }
}
