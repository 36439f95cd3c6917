/** Tests of scripts and functions. */
package io.aikv.script;
