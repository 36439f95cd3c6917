package io.aikv.testcluster;

import io.aikv.resp.Reply;

/** What became of a command, as far as its client can know. */
public sealed interface Outcome {

    /** It was executed and this is the reply; error replies that depend on the data ({@code WRONGTYPE}) are replies too. */
    record Ok(Reply reply) implements Outcome {}

    /** Certainly not executed, and never will be. */
    record NotDone(String reason) implements Outcome {}

    /** Nobody knows: it may have been executed, may be later, or never. Sending it again could do it twice. */
    record Unknown(String reason) implements Outcome {}

    /**
     * The reply of an executed command.
     *
     * @throws AssertionError if it was not executed or nobody knows
     */
    default Reply requireOk() {
        if (this instanceof Ok ok) {
            return ok.reply();
        }
        throw new AssertionError(toString());
    }
}
