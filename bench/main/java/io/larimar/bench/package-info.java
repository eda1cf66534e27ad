/** Benchmarks: JMH classes, and reports that set our figures beside peers' of the same run. */
package io.larimar.bench;
