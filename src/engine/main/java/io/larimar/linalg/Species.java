package io.larimar.linalg;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The widest vectors of this machine that the kernels use, at most 512 bits: their lane sums hold no
 * more. Apart from {@link VectorKernels}, which may be used without any vector.
 */
final class Species {
  static final VectorSpecies<Float> FLOATS = widest(
      FloatVector.SPECIES_PREFERRED, FloatVector.SPECIES_512);
  static final VectorSpecies<Double> DOUBLES = widest(
      DoubleVector.SPECIES_PREFERRED, DoubleVector.SPECIES_512);
  static final VectorSpecies<Float> HALF_FLOATS =
      FLOATS.length() == 16 ? FloatVector.SPECIES_256
          : FLOATS.length() == 8 ? FloatVector.SPECIES_128 : FloatVector.SPECIES_64;
  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  static final VectorSpecies<Long> LONGS = DOUBLES.withLanes(long.class);
  static final VectorSpecies<Short> HALF_SHORTS =
      FLOATS.length() == 16 ? ShortVector.SPECIES_256
          : FLOATS.length() == 8 ? ShortVector.SPECIES_128 : ShortVector.SPECIES_64;
  static final VectorSpecies<Byte> BYTES =
      FLOATS.length() == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  static final int FL = FLOATS.length();
  static final int BL = BYTES.length();
  static final int DL = DOUBLES.length();

  private Species() {}

  private static <E> VectorSpecies<E> widest(
      VectorSpecies<E> preferred, VectorSpecies<E> largest) {
    return preferred.length() > largest.length() ? largest : preferred;
  }
}
