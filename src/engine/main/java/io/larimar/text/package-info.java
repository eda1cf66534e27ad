/**
 * Long texts, read as a stream and cut into passages: plain text, Markdown and HTML.
 *
 * <p>The passages are a function of the bytes alone, so that a reading that was broken off can go
 * on, and memory is bounded whatever the length of the text or of a line of it.
 */
package io.larimar.text;
