package io.larimar.scope;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Of what kind an answer is (a city, a language, a quantity), and what kinds a question admits.
 *
 * <p>A fact's answer is known when a question comes, and says what the fact is about: "X is from"
 * does not ask for a language. The kind of an answer is its softmax over kinds in a space of its
 * own, fitted like the relation space on examples of each kind (answers-en.txt). A text admits a kind
 * as far as it resembles a relation that can have such answers (answer-kinds.txt), relative to the
 * relation that it resembles most; a relation that is not listed can have any. For spaced scripts
 * alone: the relation space of ideographs and kana is too weak to say what a question admits.
 *
 * <p>The decoder is not asked and no candidate is scored: the prompt is compared with the fact that
 * is stored. Immutable and thread-safe.
 */
final class AnswerKinds {
  private static final String SPACE = "answers.lrs";
  private static final String RELATIONS = "answer-kinds.txt";

  /**
   * A question that admits the fact's answer less than this share of what the fact's own text does
   * asks for something else (docs/decisions/0028).
   */
  private static final double LEAST_SHARE = 0.4;

  /** The same for things, which the relation space knows less well. */
  private static final double LEAST_SHARE_OF_THINGS = 0.1;

  /**
   * A fact whose text is farther than this from every known relation, by cosine, is of a relation that
   * is not known: what its question admits cannot be told.
   */
  private static final double LEAST_KNOWN = 0.7;

  /** Added to both, so that an answer of a kind that neither admits decides nothing. */
  private static final double FLOOR = 0.05;

  private final RelationSpace answers;
  private final boolean[][] can; // by relation and kind

  /**
   * The shipped kinds.
   *
   * @param relations names of the known relations, in the order of {@link Relation#known}
   */
  AnswerKinds(List<String> relations) {
    this.answers = RelationSpace.shipped(SPACE);
    Map<String, List<String>> listed = listed();
    int kinds = answers.names().size();
    can = new boolean[relations.size()][kinds];
    for (int r = 0; r < can.length; r++) {
      List<String> own = listed.get(relations.get(r));
      for (int k = 0; k < kinds; k++) {
        can[r][k] = own == null || own.contains(answers.names().get(k));
      }
    }
  }

  private static Map<String, List<String>> listed() {
    Map<String, List<String>> listed = new HashMap<>();
    try (InputStream in = AnswerKinds.class.getResourceAsStream(RELATIONS)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + RELATIONS + " is missing from the engine");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(':');
        if (!line.startsWith("#") && colon > 0) {
          listed.put(line.substring(0, colon), List.of(line.substring(colon + 1).strip().split(" ")));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + RELATIONS, e);
    }
    return listed;
  }

  /** For each kind the probability that an answer in a spaced script is of it. */
  double[] of(float[] encoded) {
    float[] known = answers.place(Language.SPACED, encoded).known();
    double sum = 0;
    for (float k : known) {
      sum += k;
    }
    double[] kinds = new double[known.length];
    for (int k = 0; k < kinds.length; k++) {
      kinds[k] = known[k] / sum;
    }
    return kinds;
  }

  /**
   * Whether a question wants an answer of another kind than a fact has.
   *
   * @param kinds of the fact's answer
   * @param said what the fact says of its subject
   * @param asked what the question asks of it
   * @param thing whether the subject is a thing ({@link ThingRelation})
   */
  boolean exclude(double[] kinds, Relation said, Relation asked, boolean thing) {
    if (said.nearest() < LEAST_KNOWN) {
      return false;
    }
    double least = thing ? LEAST_SHARE_OF_THINGS : LEAST_SHARE;
    return admitted(kinds, asked) + FLOOR < least * (admitted(kinds, said) + FLOOR);
  }

  /** How far a text admits an answer of these kinds, 0 to 1. */
  private double admitted(double[] kinds, Relation text) {
    double[] most = new double[kinds.length];
    double top = 0;
    for (int r = 0; r < can.length; r++) {
      double known = text.known()[r];
      top = Math.max(top, known);
      for (int k = 0; k < most.length; k++) {
        most[k] = can[r][k] ? Math.max(most[k], known) : most[k];
      }
    }
    double sum = 0;
    for (int k = 0; k < most.length; k++) {
      sum += kinds[k] * most[k];
    }
    return sum / top;
  }

  /** The likeliest kind, for reasons told to people. */
  String nameOf(double[] kinds) {
    int best = 0;
    for (int k = 1; k < kinds.length; k++) {
      best = kinds[k] > kinds[best] ? k : best;
    }
    return answers.names().get(best);
  }

  /** Kinds that the relations' resource names and the space does not have: none, as a test sees. */
  List<String> unknownKinds() {
    return listed().values().stream().flatMap(List::stream).distinct()
        .filter(kind -> !answers.names().contains(kind)).sorted().toList();
  }

  /** Relations that the resource names. */
  static List<String> listedRelations() {
    return listed().keySet().stream().sorted().toList();
  }
}
