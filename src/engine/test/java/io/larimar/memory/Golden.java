package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The values of {@code golden.txt}, which {@code golden.py} made with NumPy. */
final class Golden {
  /** A matrix of doubles, row-major. */
  record Matrix(int rows, int columns, double[] values) {
    MemorySegment doubles(Arena arena) {
      return arena.allocateFrom(JAVA_DOUBLE, values);
    }

    MemorySegment floatRow(Arena arena, int row) {
      MemorySegment floats = arena.allocate(4L * columns, 64);
      for (int j = 0; j < columns; j++) {
        floats.set(JAVA_FLOAT, 4L * j, (float) values[row * columns + j]);
      }
      return floats;
    }

    MemorySegment doubleRow(Arena arena, int row) {
      MemorySegment doubles = arena.allocate(8L * columns, 64);
      MemorySegment.copy(values, row * columns, doubles, JAVA_DOUBLE, 0, columns);
      return doubles;
    }

    double at(int row, int column) {
      return values[row * columns + column];
    }
  }

  private Golden() {}

  static Map<String, Matrix> load() {
    Map<String, Matrix> all = new HashMap<>();
    try (BufferedReader in = new BufferedReader(new InputStreamReader(
        Golden.class.getResourceAsStream("golden.txt"), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] head = line.split(" ");
        String[] words = in.readLine().split(" ");
        double[] values = new double[words.length];
        for (int i = 0; i < words.length; i++) {
          values[i] = Double.parseDouble(words[i]);
        }
        all.put(head[0],
            new Matrix(Integer.parseInt(head[1]), Integer.parseInt(head[2]), values));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }
}
