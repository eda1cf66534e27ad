package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.engine.Passages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code read}: long text into memory, a sentence a fact. */
@Command(name = "read", description = {"Reads UTF-8 text or Markdown into memory, a sentence a fact.",
    "Each fact is tagged doc:NAME, so that `forget --tag doc:NAME` forgets a document."})
final class ReadCommand extends StoreCommand implements Callable<Integer> {
  private static final long MAX_BYTES = 64 << 20;
  private static final int BATCH = 256;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "UTF-8 text or Markdown")
  private List<Path> files;

  @Override
  public Integer call() throws Exception {
    // Every file is checked before anything is written.
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      texts.add(text(file));
    }
    try (Larimar larimar = engine.open()) {
      for (int i = 0; i < files.size(); i++) {
        String tag = "doc:" + files.get(i).getFileName();
        List<Fact> facts = Passages.of(texts.get(i)).stream()
            .map(fact -> fact.withTags(List.of(tag)))
            .toList();
        long start = System.nanoTime();
        write(larimar, facts, files.get(i).getFileName().toString());
        report(files.get(i), tag, facts.size(), System.nanoTime() - start);
      }
    }
    return ExitCode.DONE;
  }

  private static void write(Larimar larimar, List<Fact> facts, String name) {
    try (ProgressBar bar = Bars.bar(name, facts.size())) {
      for (int from = 0; from < facts.size(); from += BATCH) {
        List<Fact> batch = facts.subList(from, Math.min(facts.size(), from + BATCH));
        larimar.writeAll(batch);
        bar.stepBy(batch.size());
      }
    }
  }

  private void report(Path file, String tag, int facts, long nanos) {
    if (json) {
      Output.json(Map.of("file", file.toString(), "tag", tag, "facts", facts,
          "millis", Output.millis(nanos)));
    } else {
      System.out.println(file + ": " + facts + " facts in " + Output.time(nanos)
          + ", tagged " + tag);
    }
  }

  private static String text(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no such file: " + file);
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          file + " is longer than " + MAX_BYTES + " bytes: cut it into parts");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
      if (text.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(file + " is a binary file, not text");
      }
      if (text.isBlank()) {
        throw new IllegalArgumentException(file + " holds no text");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + " is not UTF-8: save it as UTF-8");
    }
  }
}
