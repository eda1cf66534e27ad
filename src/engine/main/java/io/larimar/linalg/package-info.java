/** Dense kernels on memory segments: a SIMD form and a scalar twin that gives the same bits. */
package io.larimar.linalg;
