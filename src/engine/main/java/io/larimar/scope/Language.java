package io.larimar.scope;

/** The two ways in which relations are encoded. */
enum Language {
  /** Texts without ideographs and kana: the English sentence encoder. */
  SPACED,
  /** Texts with ideographs or kana: the ideographic encoder beside hashed terms. */
  IDEOGRAPHIC;

  static Language of(String text) {
    return RelationText.isCjk(text) ? IDEOGRAPHIC : SPACED;
  }
}
