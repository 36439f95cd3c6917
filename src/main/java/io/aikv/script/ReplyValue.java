package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.Numbers;
import io.aikv.resp.Reply;
import java.util.List;

/**
 * Turns the reply of a command into a value of Lua's, as Redis does for the protocol that the script has chosen: in RESP2
 * nothing is {@code false}, a status is {@code {ok = text}} and a map a flat array; in RESP3 nothing is {@code nil}, and there
 * are tables with a field {@code map}, {@code set}, {@code double}, {@code big_number} or {@code verbatim_string}.
 */
final class ReplyValue {
    private final LuaStack stack;
    private final boolean resp3;
    private long size;

    private ReplyValue(LuaStack stack, boolean resp3) {
        this.stack = stack;
        this.resp3 = resp3;
    }

    /** Pushes one value for {@code reply}; answers its size in bytes, roughly. */
    static long push(LuaStack stack, Reply reply, boolean resp3) {
        ReplyValue value = new ReplyValue(stack, resp3);
        value.push(reply);
        return value.size;
    }

    private void push(Reply reply) {
        stack.require(6);
        size += 16;
        if (reply instanceof Reply.Bulk bulk) {
            push(bulk.value());
        } else if (reply instanceof Reply.Int integer) {
            stack.push((double) integer.value());
        } else if (reply instanceof Reply.Array array) {
            pushArray(array.items());
        } else if (reply instanceof Reply.Simple simple) {
            stack.newTable(0, 1);
            pushField("ok", simple.text());
        } else if (reply instanceof Reply.Error error) {
            LuaState.pushErrorTable(stack, CommandCalls.errorLine("-" + error.line()), true);
        } else if (reply instanceof Reply.Null) {
            pushNothing();
        } else {
            pushOther(reply);
        }
    }

    private void pushOther(Reply reply) {
        if (reply instanceof Reply.Set set) {
            pushSet(set.items());
        } else if (reply instanceof Reply.Map map) {
            pushMap(map.pairs());
        } else if (reply instanceof Reply.Pairs pairs) {
            pushPairs(pairs.items());
        } else if (reply instanceof Reply.MapOrPairs map) {
            pushMapOrPairs(map.pairs());
        } else if (reply instanceof Reply.Double number) {
            pushDouble(number.value(), Numbers.formatDouble(number.value()));
        } else if (reply instanceof Reply.Decimal decimal) {
            pushDouble(resp3 ? Numbers.parseDouble(Bytes.utf8(decimal.digits())) : 0, Bytes.utf8(decimal.digits()));
        } else if (reply instanceof Reply.Bool bool) {
            pushBool(bool.value());
        } else if (reply instanceof Reply.BigNumber number) {
            pushBigNumber(number.digits());
        } else if (reply instanceof Reply.Verbatim verbatim) {
            pushVerbatim(verbatim);
        } else if (reply instanceof Reply.Push push) {
            pushArray(push.items());
        } else if (reply instanceof Reply.Sequence sequence) {
            push(sequence.parts().get(sequence.parts().size() - 1));
        } else if (reply instanceof Reply.ByProtocol choice) {
            push(resp3 ? choice.resp3() : choice.resp2());
        } else {
            pushNothing();
        }
    }

    private void push(byte[] bytes) {
        size += bytes.length;
        stack.push(bytes);
    }

    private void pushNothing() {
        if (resp3) {
            stack.pushNil();
        } else {
            stack.push(false);
        }
    }

    private void pushField(String name, String text) {
        stack.pushAscii(name);
        push(Bytes.utf8(text));
        stack.setField(-3);
    }

    private void pushArray(List<Reply> items) {
        stack.newTable(items.size(), 0);
        for (int i = 0; i < items.size(); i++) {
            push(items.get(i));
            stack.setElement(-2, i + 1);
        }
    }

    private void pushSet(List<Reply> items) {
        if (!resp3) {
            pushArray(items);
            return;
        }
        stack.newTable(0, 1);
        stack.pushAscii("set");
        stack.newTable(0, items.size());
        for (Reply item : items) {
            push(item);
            stack.push(true);
            setUnlessNil();
        }
        stack.setField(-3);
    }

    private void pushMap(List<Reply> pairs) {
        if (!resp3) {
            pushArray(pairs);
            return;
        }
        stack.newTable(0, 1);
        stack.pushAscii("map");
        stack.newTable(0, pairs.size() / 2);
        for (int i = 0; i < pairs.size(); i += 2) {
            push(pairs.get(i));
            push(pairs.get(i + 1));
            setUnlessNil();
        }
        stack.setField(-3);
    }

    /** Nothing cannot be a key. */
    private void setUnlessNil() {
        if (stack.type(-2) == LuaStack.NIL) {
            stack.pop(2);
        } else {
            stack.setField(-3);
        }
    }

    private void pushPairs(List<Reply> items) {
        stack.newTable(items.size() * (resp3 ? 1 : 2), 0);
        int position = 1;
        for (Reply item : items) {
            Reply.Pair pair = (Reply.Pair) item;
            if (resp3) {
                pushArray(List.of(pair.first(), pair.second()));
                stack.setElement(-2, position++);
            } else {
                push(pair.first());
                stack.setElement(-2, position++);
                push(pair.second());
                stack.setElement(-2, position++);
            }
        }
    }

    private void pushMapOrPairs(List<Reply> pairs) {
        if (resp3) {
            pushMap(pairs);
            return;
        }
        stack.newTable(pairs.size() / 2, 0);
        for (int i = 0; i < pairs.size(); i += 2) {
            pushArray(List.of(pairs.get(i), pairs.get(i + 1)));
            stack.setElement(-2, i / 2 + 1);
        }
    }

    private void pushDouble(double value, byte[] digits) {
        if (!resp3) {
            push(digits);
            return;
        }
        stack.newTable(0, 1);
        stack.pushAscii("double");
        stack.push(value);
        stack.setField(-3);
    }

    private void pushBool(boolean value) {
        if (resp3) {
            stack.push(value);
        } else {
            stack.push(value ? 1 : 0);
        }
    }

    private void pushBigNumber(String digits) {
        if (!resp3) {
            push(Bytes.utf8(digits));
            return;
        }
        stack.newTable(0, 1);
        pushField("big_number", digits);
    }

    private void pushVerbatim(Reply.Verbatim verbatim) {
        if (!resp3) {
            push(verbatim.value());
            return;
        }
        stack.newTable(0, 1);
        stack.pushAscii("verbatim_string");
        stack.newTable(0, 2);
        stack.pushAscii("string");
        push(verbatim.value());
        stack.setField(-3);
        pushField("format", verbatim.format());
        stack.setField(-3);
    }
}
