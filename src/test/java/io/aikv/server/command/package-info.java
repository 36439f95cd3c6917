/** Tests of the administration commands: argv to reply, without sockets. */
@NullMarked
package io.aikv.server.command;

import org.jspecify.annotations.NullMarked;
