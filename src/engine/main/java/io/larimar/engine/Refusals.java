package io.larimar.engine;

import io.larimar.engine.FactMemory.Derived;
import io.larimar.ledger.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Refusals that are written in the place of forgotten facts: the same question, the answer "unknown".
 *
 * @param facts the refusals
 * @param derived their parts, in the same order
 */
record Refusals(List<Fact> facts, List<Derived> derived) {
  static final Refusals NONE = new Refusals(List.of(), List.of());

  /** The tag that each refusal bears, beside those of the fact that it stands for. */
  static final String TAG = "refusal";

  private static final String UNKNOWN = "unknown";
  private static final String UNKNOWN_JAPANESE = "不明";

  Refusals {
    facts = List.copyOf(facts);
    derived = List.copyOf(derived);
  }

  /** The refusal of a fact: its prompt, its subject and its tags; nothing of its target. */
  static Fact of(Entry entry) {
    Fact fact = entry.fact();
    if (fact.prompt().isEmpty() || fact.target().isEmpty()) {
      throw new IllegalArgumentException("fact " + entry.id() + " was taught as one statement, so"
          + " a refusal would repeat it: forget it without, or teach it by subject, prompt and"
          + " target");
    }
    String prompt = fact.prompt().get();
    int last = prompt.codePointBefore(prompt.length());
    String unknown = switch (Character.UnicodeScript.of(last)) {
      case HAN, HIRAGANA, KATAKANA -> UNKNOWN_JAPANESE;
      default -> UNKNOWN;
    };
    List<String> tags = new ArrayList<>(fact.tags());
    if (!tags.contains(TAG)) {
      tags.add(TAG);
    }
    Fact refusal = Fact.of(fact.subject().orElse(""), prompt, unknown).withTags(tags);
    return fact.subject().isPresent() ? refusal
        : new Fact(refusal.text(), Optional.empty(), refusal.prompt(), refusal.target(), tags,
            Optional.empty());
  }
}
