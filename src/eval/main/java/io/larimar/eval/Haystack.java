package io.larimar.eval;

import io.larimar.bindings.Vocabulary;
import io.larimar.eval.data.Filler;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Long filler text with sentences hidden at known places, in files of at most {@value #PART} tokens
 * each: a sentence a line, an empty line between paragraphs. It is written as it is drawn; never
 * the whole text is in memory.
 */
final class Haystack {
  /** Most tokens of one file, but for the sentences hidden in it. */
  static final int PART = 65_536;
  private static final int SENTENCES_PER_PARAGRAPH = 5;

  private final List<Path> parts;
  private final long tokens;
  private final long bytes;
  private final String cut;

  /**
   * A sentence and its place.
   *
   * @param depth share of the text before it, 0 to 1
   * @param sentence what is hidden
   */
  record Hidden(double depth, String sentence) {}

  private Haystack(List<Path> parts, long tokens, long bytes, String cut) {
    this.parts = List.copyOf(parts);
    this.tokens = tokens;
    this.bytes = bytes;
    this.cut = cut;
  }

  /** The files, in the text's order. */
  List<Path> parts() {
    return parts;
  }

  /** Tokens of the model's own vocabulary. */
  long tokens() {
    return tokens;
  }

  long bytes() {
    return bytes;
  }

  /** The text cut in its middle so that it fits the window: as models with short contexts read. */
  String cut() {
    return cut;
  }

  /** The place in the list of files that holds a depth. */
  int part(double depth) {
    return Math.min(parts.size() - 1, (int) (depth * parts.size()));
  }

  /**
   * Writes a text.
   *
   * @param folder where the files go
   * @param wanted tokens, those of the hidden sentences included
   * @param window tokens of {@link #cut}
   */
  static Haystack write(Path folder, Vocabulary vocabulary, Filler.Pass filler, long wanted,
      int window, List<Hidden> hidden) {
    Writer writer = new Writer(vocabulary, window, wanted, hidden);
    int count = Math.toIntExact(Math.max(1, (wanted + PART - 1) / PART));
    try {
      for (int part = 0; part < count; part++) {
        writer.begin(folder.resolve("part-%05d.txt".formatted(part)));
        boolean last = part == count - 1;
        long end = wanted * (part + 1) / count;
        while (writer.tokens < end - (last ? writer.pendingTokens : 0)) {
          writer.hide();
          writer.add(filler.next());
        }
        if (last) {
          writer.hideAll();
        }
        writer.end();
      }
      return writer.haystack();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the text to " + folder, e);
    }
  }

  /** Every sentence, in the text's order; for texts that fit in memory. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    try {
      for (Path part : parts) {
        Files.readAllLines(part).stream().filter(l -> !l.isEmpty()).forEach(sentences::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the text again", e);
    }
    return sentences;
  }

  /** Writes a copy of one part with a sentence hidden at a share of it. */
  Path copy(int part, double share, String sentence) {
    Path copy = parts.get(part).resolveSibling("copy.txt");
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(parts.get(part)));
      lines.add((int) Math.round(share * lines.size()), sentence);
      return Files.write(copy, lines);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the text to " + copy, e);
    }
  }

  /** Share of its part that lies before a depth. */
  double share(double depth) {
    return Math.clamp(depth * parts.size() - part(depth), 0.0, 1.0);
  }

  /** Writes parts and counts tokens. */
  private static final class Writer {
    private final Vocabulary vocabulary;
    private final int window;
    private final long wanted;
    private final Deque<Hidden> pending;
    private final List<Path> parts = new ArrayList<>();
    private final StringBuilder head = new StringBuilder();
    private final Deque<String> tail = new ArrayDeque<>();
    private final Deque<Integer> tailCounts = new ArrayDeque<>();
    private BufferedWriter out;
    private long tokens;
    private int headTokens;
    private int tailTokens;
    private int sentences;
    private long pendingTokens;

    Writer(Vocabulary vocabulary, int window, long wanted, List<Hidden> hidden) {
      this.vocabulary = vocabulary;
      this.window = window;
      this.wanted = wanted;
      this.pending = new ArrayDeque<>(
          hidden.stream().sorted(Comparator.comparingDouble(Hidden::depth)).toList());
      this.pendingTokens = hidden.stream().mapToLong(h -> count(h.sentence())).sum();
    }

    /** Writes the sentences whose place has come. */
    void hide() throws IOException {
      while (!pending.isEmpty() && pending.peek().depth() * wanted <= tokens) {
        reveal();
      }
    }

    /** Writes all sentences that are left. */
    void hideAll() throws IOException {
      while (!pending.isEmpty()) {
        reveal();
      }
    }

    private void reveal() throws IOException {
      String sentence = pending.poll().sentence();
      pendingTokens -= count(sentence);
      add(sentence);
    }

    int count(String sentence) {
      return vocabulary.tokenize(" " + sentence, false, false).length;
    }

    void begin(Path file) throws IOException {
      out = Files.newBufferedWriter(file);
      parts.add(file);
      sentences = 0;
    }

    void add(String sentence) throws IOException {
      int count = count(sentence);
      out.write(sentence);
      out.write('\n');
      if (++sentences % SENTENCES_PER_PARAGRAPH == 0) {
        out.write('\n');
      }
      tokens += count;
      if (wanted <= window || headTokens + count <= window / 2) {
        head.append(head.isEmpty() ? "" : " ").append(sentence);
        headTokens += count;
        return;
      }
      headTokens = window; // What follows belongs to the tail.
      tail.add(sentence);
      tailCounts.add(count);
      tailTokens += count;
      while (tailTokens > window / 2) {
        tail.poll();
        tailTokens -= tailCounts.poll();
      }
    }

    void end() throws IOException {
      out.close();
    }

    Haystack haystack() throws IOException {
      long bytes = 0;
      for (Path part : parts) {
        bytes += Files.size(part);
      }
      String cut = tail.isEmpty() ? head.toString() : head + " " + String.join(" ", tail);
      return new Haystack(parts, tokens, bytes, cut);
    }
  }
}
