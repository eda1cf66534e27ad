package io.larimar.cli;

import io.larimar.engine.DocumentOptions;
import io.larimar.engine.DocumentReceipt;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.engine.Larimar;
import io.larimar.text.PassageReader;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code read}: long text into memory, a passage a fact. */
@Command(name = "read", description = {
    "Reads UTF-8 text, Markdown or HTML into memory: passages of a sentence, list item or table row,",
    "32 a fact. Each fact is tagged doc:NAME, so that `forget --tag doc:NAME` forgets a document.",
    "Reading a document again goes on where the last reading stopped, and teaches what is new."})
final class ReadCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "FILE",
      description = "UTF-8 text; .md is Markdown, .html and .htm are HTML")
  private List<Path> files;

  @Option(names = "--replace",
      description = "forget what an earlier reading taught and the document no longer says")
  private boolean replace;

  @Option(names = "--keys", paramLabel = "lexical|sentence", description = {
      "what passages are found by: their words, fast, or a sentence embedding too, for questions in",
      "other words (default: sentence up to 256 KiB, lexical beyond)"})
  private Optional<Keys> keys;

  @Option(names = "--title", description = "the document's title; else the one it names itself")
  private Optional<String> title;

  @Option(names = "--date", paramLabel = "YYYY-MM-DD", description = "the document's date")
  private Optional<LocalDate> date;

  @Option(names = "--tag", description = "a further label of its facts; may be repeated")
  private List<String> tags = List.of();

  @Override
  public Integer call() throws Exception {
    // Every file's beginning is read before anything is written.
    for (Path file : files) {
      try (PassageReader reader = PassageReader.open(file)) {
        reader.next();
      }
    }
    try (Larimar larimar = engine.open()) {
      for (Path file : files) {
        report(file, read(larimar, file));
      }
    }
    return ExitCode.DONE;
  }

  private DocumentReceipt read(Larimar larimar, Path file) {
    String name = file.getFileName().toString();
    int[] durable = {0};
    try (PassageReader reader = PassageReader.open(file);
        ProgressBar bar = Bars.bar(name, reader.bytesTotal())) {
      return larimar.readDocument(reader, document(name), (bytes, passages) -> {
        bar.stepTo(bytes);
        durable[0] = passages;
      });
    } catch (RuntimeException e) {
      System.err.println(file + ": " + durable[0]
          + " passages are in memory; read it again to go on from there");
      throw e;
    }
  }

  private DocumentOptions document(String name) {
    return new DocumentOptions(name, replace, keys, title, date, tags);
  }

  private void report(Path file, DocumentReceipt receipt) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("file", file.toString());
      map.put("tag", receipt.tag());
      map.put("passages", receipt.written());
      map.put("kept", receipt.kept());
      map.put("stale", receipt.stale());
      map.put("forgotten", receipt.forgotten());
      map.put("tokens", receipt.tokens());
      map.put("bytes", receipt.bytes());
      map.put("millis", Output.millis(receipt.nanos()));
      Output.json(map);
      return;
    }
    System.out.println(file + ": " + receipt.written() + " passages in "
        + Output.time(receipt.nanos())
        + (receipt.tokens() > 0 ? " (" + perSecond(receipt) + " tokens/s)" : "") + ", tagged "
        + receipt.tag()
        + (receipt.kept() > 0 ? "; " + receipt.kept() + " were there already" : "")
        + (receipt.forgotten() > 0 ? "; " + receipt.forgotten() + " outdated ones forgotten" : ""));
    if (receipt.stale() > 0) {
      System.out.println(file + ": " + receipt.stale() + " passages of an earlier reading are no longer"
          + " in it; --replace forgets them");
    }
  }

  private static String perSecond(DocumentReceipt receipt) {
    return String.format(Locale.ROOT, "%,d", Math.round(receipt.tokens() * 1e9 / receipt.nanos()));
  }
}
