/** Readers of the public benchmark files in their own formats, each record checked. */
package io.larimar.eval.data;
