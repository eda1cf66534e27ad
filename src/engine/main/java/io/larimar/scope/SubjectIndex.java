package io.larimar.scope;

import io.larimar.encoder.Term;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the stored subjects that a prompt may name, without looking at the others.
 *
 * <p>Each subject hangs on one hook: its heaviest term, or, where that is a single character of a
 * text without spaces, that character with its neighbour. A prompt pulls the hooks of its terms.
 * With S subjects of distinct names the cost is that of the prompt's length, not of S.
 */
final class SubjectIndex<E> {
  private final Map<String, Map<String, Entry<E>>> hooks = new HashMap<>();
  private final Map<String, Entry<E>> subjects = new HashMap<>();

  /** A subject and what is stored of it. */
  static final class Entry<E> {
    private final Subject subject;
    private final List<E> stored = new ArrayList<>();

    private Entry(Subject subject) {
      this.subject = subject;
    }

    Subject subject() {
      return subject;
    }

    List<E> stored() {
      return stored;
    }
  }

  void add(Subject subject, E item) {
    String key = subject.key();
    Entry<E> entry = subjects.get(key);
    if (entry == null) {
      entry = new Entry<>(subject);
      subjects.put(key, entry);
      hooks.computeIfAbsent(hook(subject), h -> new HashMap<>()).put(key, entry);
    }
    entry.stored.add(item);
  }

  void remove(Subject subject, E item) {
    String key = subject.key();
    Entry<E> entry = subjects.get(key);
    if (entry == null || !entry.stored.remove(item)) {
      return;
    }
    if (entry.stored.isEmpty()) {
      subjects.remove(key);
      String hook = hook(subject);
      Map<String, Entry<E>> hung = hooks.get(hook);
      hung.remove(key);
      if (hung.isEmpty()) {
        hooks.remove(hook);
      }
    }
  }

  /** Number of distinct subjects. */
  int size() {
    return subjects.size();
  }

  /** Subjects whose hook stands in the prompt. */
  Collection<Entry<E>> candidates(List<Term> prompt) {
    Set<String> pulled = new HashSet<>();
    for (int i = 0; i < prompt.size(); i++) {
      Term term = prompt.get(i);
      pulled.add(hook(term));
      if (term.kind().isCharacter() && i + 1 < prompt.size() && prompt.get(i + 1).joined()
          && prompt.get(i + 1).kind().isCharacter()) {
        pulled.add(term.text() + prompt.get(i + 1).text());
      }
    }
    Set<Entry<E>> found = new LinkedHashSet<>();
    pulled.stream().sorted().map(hooks::get).filter(h -> h != null)
        .forEach(h -> found.addAll(h.values()));
    return found;
  }

  private static String hook(Subject subject) {
    List<Term> terms = subject.terms();
    int i = subject.heaviest();
    if (i < 0) {
      return "";
    }
    Term term = terms.get(i);
    boolean pair = term.kind().isCharacter() && i + 1 < terms.size() && terms.get(i + 1).joined()
        && terms.get(i + 1).kind().isCharacter();
    return pair ? term.text() + terms.get(i + 1).text() : hook(term);
  }

  private static String hook(Term term) {
    return term.kind() == Term.Kind.WORD ? Subject.singular(term.text()) : term.text();
  }
}
