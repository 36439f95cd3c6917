/**
 * Access control lists: users, the rules that make them, the categories of commands, and the log of refusals. Values and
 * their algebra; {@link io.aikv.server.acl.AccessControl} alone holds state: which users there are now.
 *
 * <p>Threading: values are immutable; the classes with state say their rule. May import what the server may, but no sessions
 * and no commands.
 */
@NullMarked
package io.aikv.server.acl;

import org.jspecify.annotations.NullMarked;
