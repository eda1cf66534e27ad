package io.larimar.encoder;

/** The sentence encoders that come inside Maven artifacts. */
public enum SentenceModel {
  /** bge-small-en-v1.5, 12 layers: English, and the sentence part of every address. */
  ENGLISH("bge-small-en-v1.5-q", 384),

  /**
   * bge-small-zh-v1.5, 4 layers: knows ideographs and kana, of which the English vocabulary lacks
   * most. Used for the relations of Japanese and Chinese texts.
   */
  IDEOGRAPHIC("bge-small-zh-v1.5-q", 512);

  private final String resource;
  private final int width;

  SentenceModel(String resource, int width) {
    this.resource = resource;
    this.width = width;
  }

  /** Floats of an embedding. */
  public int width() {
    return width;
  }

  String weightsResource() {
    return resource + ".onnx";
  }

  String tokenizerResource() {
    return resource + "-tokenizer.json";
  }
}
