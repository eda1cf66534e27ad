package io.larimar.scope;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A space in which texts of one relation lie close together, and the known relations in it.
 *
 * <p>Per language: x -> y = unit((x - mean) A), A of shape (width, d), found by linear discriminant
 * analysis over known relations (many ways to say each). What is known of a text is, for relation r
 * with examples e, softmax over r of max over e of y e' / T, then divided by its length. Relation
 * names are shared by the languages, so that an English question meets a Japanese fact.
 *
 * <p>Immutable and thread-safe. File, big-endian: "LRS1"; count of names and the names (modified
 * UTF-8); then for spaced scripts and for ideographs each: d, n, mean (width), A (width x d),
 * examples (n x d) as 16-bit floats, n relation indices of 16 bits.
 */
public final class RelationSpace {
  private static final int MAGIC = 0x4C525331; // "LRS1"
  private static final int MAX_RELATIONS = 65_536;
  private static final int MAX_EXAMPLES = 1_000_000;
  private static final int MAX_WIDTH = 4_096;

  /** T of the softmax; found on the CounterFact development file. */
  private static final double TEMPERATURE = 0.1;

  private static final String RESOURCE = "relations.lrs";

  private final List<String> names;
  private final Map<Language, Projection> projections;

  RelationSpace(List<String> names, Map<Language, Projection> projections) {
    this.names = List.copyOf(names);
    this.projections = new EnumMap<>(projections);
  }

  /**
   * One language's part of a space.
   *
   * @param mean width floats
   * @param matrix A, (width, d) row-major
   * @param examples (n, d) row-major, unit rows
   * @param relations for each example the index of its relation
   */
  record Projection(float[] mean, float[] matrix, float[] examples, int[] relations) {
    int dimensions() {
      return matrix.length / mean.length;
    }

    /** unit((x - mean) A): d floats. Cost O(width * d). */
    float[] project(float[] x) {
      int d = dimensions();
      double[] sum = new double[d];
      for (int i = 0; i < mean.length; i++) {
        double centred = (double) x[i] - mean[i];
        for (int j = 0; j < d; j++) {
          sum[j] += centred * matrix[i * d + j];
        }
      }
      return unit(sum);
    }
  }

  /** The space that ships with the engine. */
  public static RelationSpace shipped() {
    return shipped(RESOURCE);
  }

  /** A space among the engine's resources. */
  static RelationSpace shipped(String resource) {
    try (InputStream in = RelationSpace.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + resource + " is missing from the engine");
      }
      return read(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + resource, e);
    }
  }

  /**
   * Reads a space.
   *
   * @throws IOException where the bytes are not a space or end too early
   */
  public static RelationSpace read(InputStream bytes) throws IOException {
    DataInputStream in = new DataInputStream(bytes);
    if (in.readInt() != MAGIC) {
      throw new IOException("not a relation space: it must begin with LRS1");
    }
    int nameCount = bounded(in.readInt(), MAX_RELATIONS, "relations");
    List<String> names = new ArrayList<>(nameCount);
    for (int i = 0; i < nameCount; i++) {
      names.add(in.readUTF());
    }
    Map<Language, Projection> projections = new EnumMap<>(Language.class);
    for (Language language : Language.values()) {
      projections.put(language, readProjection(in, RelationEncoder.width(language), nameCount));
    }
    return new RelationSpace(names, projections);
  }

  private static Projection readProjection(DataInputStream in, int width, int nameCount)
      throws IOException {
    int d = bounded(in.readInt(), MAX_WIDTH, "dimensions");
    int n = bounded(in.readInt(), MAX_EXAMPLES, "examples");
    float[] mean = readFloats(in, width);
    float[] matrix = readFloats(in, width * d);
    float[] examples = readFloats(in, n * d);
    int[] relations = new int[n];
    for (int i = 0; i < n; i++) {
      relations[i] = bounded(in.readUnsignedShort(), nameCount - 1, "relation index");
    }
    return new Projection(mean, matrix, examples, relations);
  }

  /** Writes the space; floats as 16-bit floats, which changes no decision that was measured. */
  public void write(OutputStream bytes) throws IOException {
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeInt(names.size());
    for (String name : names) {
      out.writeUTF(name);
    }
    for (Language language : Language.values()) {
      Projection p = projections.get(language);
      out.writeInt(p.dimensions());
      out.writeInt(p.relations.length);
      writeFloats(out, p.mean);
      writeFloats(out, p.matrix);
      writeFloats(out, p.examples);
      for (int relation : p.relations) {
        out.writeShort(relation);
      }
    }
    out.flush();
  }

  /** Names of the known relations. */
  public List<String> names() {
    return names;
  }

  /** Places an encoded relation text. Cost O(width * d + examples * d). */
  Relation place(Language language, float[] encoded) {
    return place(language, encoded, -1);
  }

  /** The same without one example, so that an example can be tested against the others. */
  Relation place(Language language, float[] encoded, int withoutExample) {
    Projection p = projections.get(language);
    float[] y = p.project(encoded);
    int d = p.dimensions();
    double[] nearest = new double[names.size()];
    Arrays.fill(nearest, Double.NEGATIVE_INFINITY);
    double top = Double.NEGATIVE_INFINITY;
    for (int e = 0; e < p.relations.length; e++) {
      if (e == withoutExample) {
        continue;
      }
      double sum = 0;
      for (int j = 0; j < d; j++) {
        sum += (double) y[j] * p.examples[e * d + j];
      }
      int r = p.relations[e];
      nearest[r] = Math.max(nearest[r], sum);
      top = Math.max(top, sum);
    }
    double[] known = new double[names.size()];
    for (int r = 0; r < known.length; r++) {
      known[r] = Math.exp((nearest[r] - top) / TEMPERATURE);
    }
    return new Relation(language, y, unit(known), top);
  }

  /** The relation that a text resembles most, for reasons told to people. */
  String nameOf(Relation relation) {
    int best = 0;
    for (int r = 1; r < relation.known().length; r++) {
      if (relation.known()[r] > relation.known()[best]) {
        best = r;
      }
    }
    return names.get(best);
  }

  /** v / |v| as floats; zero stays zero. */
  static float[] unit(double[] v) {
    double sum = 0;
    for (double x : v) {
      sum += x * x;
    }
    double scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    float[] unit = new float[v.length];
    for (int i = 0; i < v.length; i++) {
      unit[i] = (float) (v[i] * scale);
    }
    return unit;
  }

  private static int bounded(int value, int most, String what) throws IOException {
    if (value < 0 || value > most) {
      throw new IOException("relation space is damaged: " + what + "=" + value + ", at most "
          + most);
    }
    return value;
  }

  private static float[] readFloats(DataInputStream in, int count) throws IOException {
    byte[] raw = in.readNBytes(count * 2);
    if (raw.length != count * 2) {
      throw new IOException("relation space ends too early");
    }
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = Float.float16ToFloat((short) (raw[2 * i] << 8 | raw[2 * i + 1] & 0xFF));
    }
    return floats;
  }

  private static void writeFloats(DataOutputStream out, float[] floats) throws IOException {
    for (float x : floats) {
      out.writeShort(Float.floatToFloat16(x));
    }
  }
}
