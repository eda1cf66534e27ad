package io.larimar.server;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.engine.Verification;
import io.larimar.ledger.AuditRow;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Receipt;
import io.larimar.ledger.Role;
import io.larimar.ledger.Stats;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A tenant's facts as a whole: in, out, counted, audited, proved. */
final class Store {
  private static final String LINES = "application/x-ndjson";
  private static final String EXCEL =
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  private static final int UNPACKED = 8; // times the limit of a document: XML packs well
  private static final int PAGE = 500;
  private static final int MAX_PAGE = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Gate verifications = new Gate("verifications", 1, 2, PATIENCE);
  private final Metrics metrics;

  Store(Metrics metrics) {
    this.metrics = metrics;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/export", Role.READ, Store::export),
        Route.of("POST", "/import", Role.WRITE, this::importFacts),
        Route.of("GET", "/stats", Role.READ, Store::stats),
        Route.of("GET", "/audit", Role.AUDIT, Store::audit),
        Route.of("POST", "/verify", Role.AUDIT, this::verify));
  }

  private static void export(Call call) throws IOException {
    Larimar larimar = call.larimar();
    List<Entry> page = larimar.list(0, PAGE);
    try (OutputStream out = call.stream(LINES)) {
      while (!page.isEmpty()) {
        for (Entry entry : page) {
          out.write(Json.line(FactJson.toLine(entry)).getBytes(StandardCharsets.UTF_8));
        }
        page = larimar.list(page.getLast().id(), PAGE);
      }
    }
  }

  private void importFacts(Call call) {
    int most = Math.min(call.limits().facts(), Larimar.MAX_BATCH);
    List<Fact> facts = switch (call.mediaType()) {
      case "application/x-ndjson", "application/jsonl", "application/json" ->
          FactFile.lines(call.body(call.limits().documentBytes()), most);
      case "text/csv", "text/tab-separated-values" ->
          FactFile.table(call.body(call.limits().documentBytes()), most);
      case EXCEL -> FactFile.sheet(call.body(call.limits().documentBytes()), most,
          (long) UNPACKED * call.limits().documentBytes());
      default -> throw Problem.of(415, "Unknown format", "Send JSON lines as application/x-ndjson,"
          + " a table as text/csv, or an Excel workbook as " + EXCEL + ".");
    };
    int replaced = (int) call.larimar().writeAll(facts).stream()
        .filter(receipt -> receipt.superseded().isPresent()).count();
    metrics.facts("written", facts.size());
    call.json(201, Map.of("imported", facts.size(), "replaced", replaced));
  }

  private static void stats(Call call) {
    Larimar larimar = call.larimar();
    Stats stats = larimar.stats();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("tenant", call.principal().tenant());
    map.put("principal", call.principal().name());
    map.put("roles", call.principal().roles().stream().sorted().map(Enum::name).toList());
    map.put("live", stats.live());
    map.put("superseded", stats.superseded());
    map.put("forgotten", stats.forgotten());
    map.put("erased", stats.erased());
    map.put("held", stats.held());
    map.put("audit_rows", stats.auditRows());
    map.put("ledger_bytes", stats.bytes());
    if (call.principal().ofStore()) { // how facts fall into blocks hangs on their ids
      map.put("memory_blocks", larimar.memory().blocks());
    }
    map.put("memory_bytes", larimar.memory().sizeBytes());
    call.json(map);
  }

  /**
   * The rows of the tenant with names for numbers; with {@code chain=true} those of the whole store
   * as they are chained, so that their hashes can be checked elsewhere.
   */
  private static void audit(Call call) throws IOException {
    boolean chain = call.query("chain", false);
    boolean last = call.query("last", false);
    if (last && (chain || call.query("after").isPresent())) {
      throw Problem.wrong("The last rows come without \"after\" and \"chain\".");
    }
    if (chain) {
      call.requireOperator(Role.AUDIT, "see the store's chain of the audit");
    }
    Pseudonyms names = call.names();
    long after = chain ? call.queryLong("after", 0, Long.MAX_VALUE).orElse(0)
        : call.query("after").map(name -> names.rowOf(name).orElseThrow(() -> Problem.field("after",
            "The row is not one of ours: take the field \"row\" of a line as it stands, or leave it"
            + " out."))).orElse(0L);
    int limit = call.query("limit", PAGE, 1, MAX_PAGE);
    Larimar larimar = call.larimar();
    Ledger ledger = larimar.ledger();
    List<AuditRow> rows = chain ? ledger.audit(larimar.principal(), after, limit)
        : last ? ledger.lastOfTenant(larimar.principal(), limit)
        : ledger.auditOfTenant(larimar.principal(), after, limit);
    try (OutputStream out = call.stream(LINES)) {
      for (AuditRow row : rows) {
        String line = chain ? row.toJson() + "\n" : Json.line(toMap(row, names));
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static Map<String, Object> toMap(AuditRow row, Pseudonyms names) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("row", names.row(row.sequence()));
    map.put("group", names.group(row.group()));
    map.put("at", row.atMillis());
    map.put("principal", row.principal());
    map.put("tenant", row.tenant());
    map.put("operation", row.operation().name());
    map.put("fact", row.fact() == 0 ? null : names.fact(row.fact()));
    map.put("related", row.related() == 0 ? null : switch (row.operation()) {
      case WRITE -> names.fact(row.related());
      case UNDO_WRITE, UNDO_FORGET -> names.group(row.related());
      case RECEIPT -> names.end(row.related());
      default -> null; // a count, or for READ an id that was asked for and is not the reader's
    });
    map.put("until", row.untilMillis() == 0 ? null : row.untilMillis());
    map.put("detail", Pseudonyms.withoutNumbers(row.detail()));
    return map;
  }

  private void verify(Call call) {
    byte[] body = call.body(call.limits().bodyBytes());
    Verification verification;
    try (Gate.Pass pass = verifications.enter()) {
      verification = body.length == 0 || Json.object(body).names().isEmpty()
          ? call.larimar().verify()
          : call.larimar().verify(receipt(call.larimar(), Json.object(body)));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("verified", verification.holds());
    map.put("checks", verification.checks());
    map.put("faults", call.principal().ofStore() ? verification.faults()
        : verification.faults().stream().map(Pseudonyms::withoutNumbers).toList());
    call.json(map);
  }

  /** The receipt of a forget, whole or inside its response; a client may have sorted it anew. */
  private static Receipt receipt(Larimar larimar, Fields fields) {
    Fields receipt = fields.object("receipt").orElse(fields);
    TreeMap<String, Object> sorted = new TreeMap<>();
    receipt.names().forEach(name -> sorted.put(name, receipt.node(name)));
    return larimar.ledger().receipt(Json.text(sorted));
  }
}
