/** Tests of access control: the language of rules, enforcement by a server. */
@NullMarked
package io.aikv.server.acl;

import org.jspecify.annotations.NullMarked;
