package io.larimar.eval;

import io.larimar.decoder.Decoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.scope.ScopeParameters;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is evaluated, on what, and where the reports go.
 *
 * @param task what is measured
 * @param data the benchmark's file, or for babi its folder
 * @param limit most records, 0 for all; always the file's first
 * @param setting facts in memory at once
 * @param protocol what the scope detector is shown
 * @param columns the columns to compute; the base column is always among them, but for the tasks on
 *     long texts
 * @param seed of samples and choices
 * @param natives directory of llama.cpp's libraries
 * @param model the GGUF file
 * @param decoder how the model is opened
 * @param encoder how texts are encoded
 * @param scope the scope detector's thresholds
 * @param json where the figures go
 * @param html where the report goes
 * @param resume where finished records are kept, and taken from when the run is started again
 * @param command the command line, as reports print it
 * @param commit the project's commit, as reports print it
 * @param evidence files of figures that tests have written, to be printed with this task's own
 * @param longText lengths, depths and the like of the tasks on long texts
 * @param zsreTarget which answer zsRE's facts are taught with
 */
public record EvalOptions(
    EvalTask task,
    Path data,
    int limit,
    Setting setting,
    Protocol protocol,
    Set<Column> columns,
    long seed,
    Path natives,
    Path model,
    Decoder.Options decoder,
    EncoderOptions encoder,
    ScopeParameters scope,
    Optional<Path> json,
    Optional<Path> html,
    Optional<Path> resume,
    String command,
    String commit,
    List<Path> evidence,
    LongTextOptions longText,
    ZsreTarget zsreTarget) {

  /** Scoring keeps many prompts in one batch, generation many requests. */
  private static final int PARALLEL = 24;
  static final int CONTEXT = 8_192;

  public EvalOptions {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
    }
    EnumSet<Column> all = EnumSet.noneOf(Column.class);
    all.addAll(columns);
    if (!task.asksOfLongText()) {
      all.add(Column.BASE);
    }
    if (all.isEmpty() || !task.columns().containsAll(all)) {
      throw new IllegalArgumentException("columns of " + task.id() + " must be some of "
          + names(task.columns()) + ": " + names(all));
    }
    columns = Set.copyOf(all);
    evidence = List.copyOf(evidence);
  }

  private static String names(Set<Column> columns) {
    return columns.stream().sorted().map(Column::id).collect(Collectors.joining(", "));
  }

  /** All records and columns, single, strict, seed 0, on the CPU; reports nowhere. */
  public static EvalOptions of(EvalTask task, Path data, Path natives, Path model) {
    return new EvalOptions(task, data, 0, Setting.SINGLE, Protocol.STRICT,
        task.columns(), 0, natives, model, roomy(Decoder.Options.defaults()),
        EncoderOptions.DEFAULT, ScopeParameters.shipped(), Optional.empty(), Optional.empty(),
        Optional.empty(), "", "", List.of(), LongTextOptions.DEFAULT,
        ZsreTarget.ALT);
  }

  private static Decoder.Options roomy(Decoder.Options o) {
    return o.withContextLength(CONTEXT).withParallel(PARALLEL);
  }

  /** Whether a column is to be computed. */
  public boolean has(Column column) {
    return columns.contains(column);
  }

  /** The same with at most so many records. */
  public EvalOptions withLimit(int limit) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with another number of facts in memory at once. */
  public EvalOptions withSetting(Setting setting) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same under another protocol. */
  public EvalOptions withProtocol(Protocol protocol) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with these columns only, and the base. */
  public EvalOptions withColumns(Set<Column> columns) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with another seed. */
  public EvalOptions withSeed(long seed) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with the caller's threads, device and frame; context and batching stay. */
  public EvalOptions withDecoder(Decoder.Options options) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        roomy(options), encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with other thresholds of the scope detector. */
  public EvalOptions withScope(ScopeParameters scope) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with figures written to a file; finished records are kept beside it. */
  public EvalOptions withJson(Path json) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, Optional.of(json), html,
        resume.or(() -> Optional.of(beside(json))), command, commit, evidence, longText,
        zsreTarget);
  }

  private static Path beside(Path json) {
    return json.resolveSibling(json.getFileName() + ".records.jsonl");
  }

  /** The same with the report written to a file. */
  public EvalOptions withHtml(Path html) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, Optional.of(html), resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with finished records kept in a file of the caller's choice. */
  public EvalOptions withResume(Path resume) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, Optional.of(resume), command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with what reports print about the run. */
  public EvalOptions withProvenance(String command, String commit) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with figures that tests have written. */
  public EvalOptions withEvidence(List<Path> evidence) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with other lengths, depths and the like. */
  public EvalOptions withLongText(LongTextOptions longText) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }

  /** The same with another of zsRE's answers taught. */
  public EvalOptions withZsreTarget(ZsreTarget zsreTarget) {
    return new EvalOptions(task, data, limit, setting, protocol, columns, seed, natives, model,
        decoder, encoder, scope, json, html, resume, command, commit, evidence,
        longText, zsreTarget);
  }
}
