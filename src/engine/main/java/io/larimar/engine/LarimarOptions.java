package io.larimar.engine;

import io.larimar.decoder.Decoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Principal;
import io.larimar.scope.ScopeParameters;
import java.nio.file.Path;

/**
 * How the engine is opened.
 *
 * @param natives directory of llama.cpp's libraries
 * @param model a GGUF file
 * @param store directory of the store; made if it is missing
 * @param decoder context, batching, threads, devices
 * @param encoder the sentence encoder's threads and limits
 * @param ledger clock, undo window, compaction
 * @param scope thresholds of the scope detector
 * @param reading what a question takes from documents
 * @param principal who acts, for roles, tenant and audit
 */
public record LarimarOptions(
    Path natives,
    Path model,
    Path store,
    Decoder.Options decoder,
    EncoderOptions encoder,
    LedgerOptions ledger,
    ScopeParameters scope,
    ReadingOptions reading,
    Principal principal) {

  /** Reads that wait for their audit rows' commit; a change or a close commits them at once. */
  private static final int AUDIT_BATCH = 64;

  /** Defaults for a model and a store, with the libraries in {@code natives}. */
  public static LarimarOptions of(Path natives, Path model, Path store) {
    return new LarimarOptions(natives, model, store, Decoder.Options.defaults(),
        EncoderOptions.DEFAULT, LedgerOptions.defaults().withAuditBatch(AUDIT_BATCH),
        ScopeParameters.shipped(), ReadingOptions.defaults(), Principal.OWNER);
  }

  /** The same with other decoder options. */
  public LarimarOptions withDecoder(Decoder.Options decoder) {
    return new LarimarOptions(
        natives, model, store, decoder, encoder, ledger, scope, reading, principal);
  }

  /** The same with other ledger options. */
  public LarimarOptions withLedger(LedgerOptions ledger) {
    return new LarimarOptions(
        natives, model, store, decoder, encoder, ledger, scope, reading, principal);
  }

  /** The same with other thresholds. */
  public LarimarOptions withScope(ScopeParameters scope) {
    return new LarimarOptions(
        natives, model, store, decoder, encoder, ledger, scope, reading, principal);
  }

  /** The same with other limits on what a question takes from documents. */
  public LarimarOptions withReading(ReadingOptions reading) {
    return new LarimarOptions(
        natives, model, store, decoder, encoder, ledger, scope, reading, principal);
  }

  /** The same, acting as someone else. */
  public LarimarOptions withPrincipal(Principal principal) {
    return new LarimarOptions(
        natives, model, store, decoder, encoder, ledger, scope, reading, principal);
  }
}
