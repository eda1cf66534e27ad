/** What is measured, under which columns, and how it is reported. */
package io.larimar.eval;
