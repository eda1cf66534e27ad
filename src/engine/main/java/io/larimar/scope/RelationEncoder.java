package io.larimar.scope;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.LexicalEncoder;
import io.larimar.encoder.SentenceModel;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Encodes relation texts (subject masked) before they are projected into the relation space.
 *
 * <p>Spaced scripts: the English sentence embedding, 384 floats. Ideographs and kana: the
 * ideographic embedding, 512 floats, joined with {@value #LEXICAL_WIDTH} floats of hashed
 * characters and pairs, because each alone is weaker.
 *
 * <p>With its subject masked, the same text comes again and again (facts are often written from one
 * template), so the last {@value #REMEMBERED} vectors are kept. Borrows the address encoder;
 * thread-safe.
 */
final class RelationEncoder {
  /** Floats of the lexical part for ideographs and kana. */
  static final int LEXICAL_WIDTH = 512;

  private static final float LEXICAL_SCALE = 0.7f;

  /** Vectors kept: at most 4,096 x 4 KB. */
  private static final int REMEMBERED = 4096;

  private final AddressEncoder encoder;
  private final LexicalEncoder lexical;
  private final Map<String, float[]> remembered = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
      return size() > REMEMBERED;
    }
  };

  RelationEncoder(AddressEncoder encoder) {
    this.encoder = encoder;
    this.lexical = new LexicalEncoder(LEXICAL_WIDTH, encoder.weights());
  }

  static int width(Language language) {
    return switch (language) {
      case SPACED -> SentenceModel.ENGLISH.width();
      case IDEOGRAPHIC -> SentenceModel.IDEOGRAPHIC.width() + LEXICAL_WIDTH;
    };
  }

  /** The vector of a text in a spaced script, which is not remembered. */
  float[] encodeOnce(String text) {
    return encoder.sentences().encodeAll(List.of(text)).get(0);
  }

  float[] encode(String text) {
    return encodeAll(List.of(text)).get(0);
  }

  /** The vectors of many texts, in their order, each of its language's width; not to be changed. */
  List<float[]> encodeAll(List<String> texts) {
    Map<String, float[]> known = new HashMap<>();
    Set<String> spaced = new LinkedHashSet<>();
    Set<String> ideographic = new LinkedHashSet<>();
    synchronized (remembered) {
      for (String text : texts) {
        float[] vector = remembered.get(text);
        if (vector != null) {
          known.put(text, vector);
        } else {
          (Language.of(text) == Language.SPACED ? spaced : ideographic).add(text);
        }
      }
    }
    encodeSpaced(List.copyOf(spaced), known);
    encodeIdeographic(List.copyOf(ideographic), known);
    synchronized (remembered) {
      remembered.putAll(known);
    }
    return texts.stream().map(known::get).toList();
  }

  /** Forgets every text that it remembers. */
  void clear() {
    synchronized (remembered) {
      remembered.clear();
    }
  }

  private void encodeSpaced(List<String> texts, Map<String, float[]> to) {
    List<float[]> vectors = encoder.sentences().encodeAll(texts);
    for (int i = 0; i < texts.size(); i++) {
      to.put(texts.get(i), vectors.get(i));
    }
  }

  private void encodeIdeographic(List<String> texts, Map<String, float[]> to) {
    if (texts.isEmpty()) {
      return;
    }
    List<float[]> vectors = encoder.ideographic().encodeAll(texts);
    for (int i = 0; i < texts.size(); i++) {
      to.put(texts.get(i), join(vectors.get(i), lexical.encode(texts.get(i))));
    }
  }

  private static float[] join(float[] sentence, float[] terms) {
    float[] joined = new float[sentence.length + terms.length];
    System.arraycopy(sentence, 0, joined, 0, sentence.length);
    for (int i = 0; i < terms.length; i++) {
      joined[sentence.length + i] = terms[i] * LEXICAL_SCALE;
    }
    return joined;
  }
}
