package io.larimar.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.ForgetReceipt;
import io.larimar.engine.Larimar;
import io.larimar.engine.WriteReceipt;
import io.larimar.ledger.AuditRow;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Operation;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Role;
import io.larimar.passages.Found;
import io.larimar.passages.Strategy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** The facts as memories: taught, listed, searched, changed, forgotten. */
final class Memories {
  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
  private static final int MAX_KEY_LENGTH = 255;
  private static final int PAGE = 100;
  private static final int MAX_PAGE = 1_000;
  private static final int RESULTS = 10;
  private static final int MAX_RESULTS = 100;
  private static final int FILTERED_DEPTH = 4_096; // nearest facts that a filtered search looks at

  private final Gate searches;
  private final Metrics metrics;
  private final Traces traces;
  private final Idempotency idempotency;

  Memories(Gate searches, Metrics metrics, Traces traces, Idempotency idempotency) {
    this.searches = searches;
    this.metrics = metrics;
    this.traces = traces;
    this.idempotency = idempotency;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/memories", Role.WRITE, this::add),
        Route.of("POST", "/memories/batch", Role.WRITE, this::addBatch),
        Route.of("POST", "/memories/search", Role.READ, this::search),
        Route.of("POST", "/memories/forget", Role.FORGET, this::forgetMany),
        Route.of("GET", "/memories", Role.READ, this::list),
        Route.of("DELETE", "/memories", Role.FORGET, this::forgetFiltered),
        Route.of("GET", "/memories/{id}", Role.READ, this::show),
        Route.of("PUT", "/memories/{id}", Role.WRITE, this::change),
        Route.of("DELETE", "/memories/{id}", Role.FORGET, this::forget),
        Route.of("GET", "/memories/{id}/history", Role.READ, this::history));
  }

  // Teaching.

  private void add(Call call) {
    byte[] body = call.jsonBytes();
    Fields fields = Json.object(body);
    List<Fact> facts = fields.has("messages") ? messages(fields, call.limits().facts())
        : List.of(FactJson.read(fields));
    write(call, body, facts);
  }

  private void addBatch(Call call) {
    byte[] body = call.jsonBytes();
    Fields fields = Json.object(body);
    fields.requireOnly(Set.of("memories"));
    List<Fact> facts = fields.objects("memories", call.limits().facts()).stream()
        .map(FactJson::read).toList();
    if (facts.isEmpty()) {
      throw fields.wrong("memories", "a list of at least one fact");
    }
    write(call, body, facts);
  }

  /** Each message is a statement, as mem0 has it with {@code infer=false}; no model rewrites it. */
  private static List<Fact> messages(Fields fields, int most) {
    Set<String> known = new HashSet<>(FactJson.OWNERS.keySet());
    known.addAll(Set.of("messages", "infer", "tags", "ttl", "expiration_date"));
    fields.requireOnly(known);
    if (fields.bool("infer", false)) {
      throw fields.wrong("infer", "false or left out: what is told is stored as it is, and no model"
          + " rewrites it");
    }
    List<String> statements = new ArrayList<>();
    if (fields.node("messages").isString()) {
      statements.add(fields.requiredText("messages"));
    } else {
      for (Fields message : fields.objects("messages", most)) {
        if (!message.requiredText("role").equals("system")) {
          statements.add(message.requiredText("content"));
        }
      }
    }
    if (statements.isEmpty()) {
      throw fields.wrong("messages", "a text, or a list with a message that is not the system's");
    }
    return statements.stream().map(text -> FactJson.label(Fact.of(text), fields)).toList();
  }

  private void write(Call call, byte[] body, List<Fact> facts) {
    Optional<String> key = call.header(IDEMPOTENCY_KEY);
    if (key.isPresent() && key.get().length() > MAX_KEY_LENGTH) {
      throw Problem.wrong("The Idempotency-Key must have at most " + MAX_KEY_LENGTH
          + " characters.");
    }
    Larimar larimar = call.larimar();
    List<WriteReceipt> receipts =
        idempotency.once("" + call.principal(), key, body, kept -> same(larimar, kept, facts),
            () -> writeAll(larimar, facts));
    Pseudonyms names = call.names();
    List<Map<String, Object>> results = new ArrayList<>();
    for (int i = 0; i < receipts.size(); i++) {
      results.add(toMap(receipts.get(i), facts.get(i), names));
    }
    call.json(201, Map.of("results", results));
  }

  private List<WriteReceipt> writeAll(Larimar larimar, List<Fact> facts) {
    try (Traces.Open span = traces.step("write").set("larimar.facts", facts.size())) {
      List<WriteReceipt> written = larimar.writeAll(facts);
      metrics.facts("written", written.size());
      return written;
    }
  }

  /** Whether facts that an earlier run wrote are these; what was forgotten cannot be compared. */
  private static boolean same(Larimar larimar, List<WriteReceipt> kept, List<Fact> facts) {
    return kept.size() == facts.size() && IntStream.range(0, facts.size()).allMatch(i ->
        larimar.show(kept.get(i).id()).map(entry -> entry.fact().text())
            .filter(text -> !text.equals(facts.get(i).text())).isEmpty());
  }

  private static Map<String, Object> toMap(WriteReceipt receipt, Fact fact, Pseudonyms names) {
    Map<String, Object> map = Call.map();
    map.put("id", names.fact(receipt.id()));
    map.put("memory", fact.text());
    map.put("event", receipt.superseded().isPresent() ? "UPDATE" : "ADD");
    receipt.superseded().ifPresent(id -> map.put("supersedes", names.fact(id)));
    map.put("created_at", receipt.at().toString());
    map.put("millis", Forgetting.millis(
        receipt.encodeNanos() + receipt.ledgerNanos() + receipt.memoryNanos()));
    return map;
  }

  private void change(Call call) {
    long id = call.fact();
    Pseudonyms names = call.names();
    Fields fields = call.json();
    Fact fact = FactJson.read(fields);
    Larimar larimar = call.larimar();
    Entry older = existing(call);
    call.requireMatch(etag(older, names));
    if (older.supersededBy().isPresent()) {
      throw Problem.of(409, "Replaced", "Memory " + names.fact(id) + " was replaced by "
          + names.fact(older.supersededBy().getAsLong()) + ": change that one.");
    }
    if (older.fact().excerpt().isPresent()) {
      throw Problem.of(409, "Document", "Memory " + names.fact(id)
          + " holds passages of a document: send the changed document to /documents with"
          + " replace=true.");
    }
    WriteReceipt receipt = larimar.replace(id, fact).orElseThrow(() -> Problem.of(409, "Replaced",
        "Memory " + names.fact(id) + " was changed or forgotten meanwhile: read it again."));
    metrics.facts("written", 1);
    call.header(HeaderNames.ETAG, "\"" + names.fact(receipt.id()) + "\"");
    call.json(toMap(receipt, fact, names));
  }

  // Finding.

  private void list(Call call) {
    Filter filter = Filter.of(call);
    int limit = call.query("limit", PAGE, 1, MAX_PAGE);
    Pseudonyms names = call.names();
    long after = call.query("cursor").map(name -> names.factOf(name).orElseThrow(() ->
        Problem.field("cursor", "The cursor is not one of ours: take next_cursor of a page as it"
            + " stands, or leave it out."))).orElse(0L);
    Larimar larimar = call.larimar();
    List<Entry> page = filter.isEmpty() ? larimar.list(after, limit + 1)
        : entries(larimar, filter.ids(larimar).tailSet(after, false), limit + 1);
    boolean more = page.size() > limit;
    List<Entry> shown = more ? page.subList(0, limit) : page;
    Map<String, Object> map = Call.map();
    map.put("results", shown.stream().map(entry -> FactJson.toMap(entry, names)).toList());
    map.put("next_cursor", more ? names.fact(shown.getLast().id()) : null);
    call.json(map);
  }

  private static List<Entry> entries(Larimar larimar, Collection<Long> ids, int limit) {
    return ids.stream().limit(limit).flatMap(id -> larimar.show(id).stream()).toList();
  }

  private void search(Call call) {
    Fields fields = call.json();
    Set<String> known = new HashSet<>(Filter.FIELDS);
    known.addAll(Set.of("query", "limit", "top_k", "threshold"));
    fields.requireOnly(known);
    String query = fields.requiredText("query");
    int limit = fields.integer("limit", 1, MAX_RESULTS)
        .orElseGet(() -> fields.integer("top_k", 1, MAX_RESULTS).orElse(RESULTS));
    double threshold = fields.number("threshold", -1, 1).orElse(-1);
    Filter filter = Filter.of(fields);
    Larimar larimar = call.larimar();
    Pseudonyms names = call.names();
    List<Map<String, Object>> results = new ArrayList<>();
    try (Gate.Pass pass = searches.enter(); Traces.Open span = traces.step("search")) {
      Optional<Set<Long>> among =
          filter.isEmpty() ? Optional.empty() : Optional.of(filter.ids(larimar));
      int depth = Math.max(1, Math.min(larimar.memory().size(),
          among.isPresent() ? FILTERED_DEPTH : limit));
      for (FactMemory.Match match : larimar.search(query, depth)) {
        boolean wanted = results.size() < limit && match.similarity() >= threshold
            && (among.isEmpty() || among.get().contains(match.id()));
        if (wanted) {
          larimar.show(match.id()).ifPresent(entry -> results.add(scored(entry, match, names)));
        }
      }
      larimar.searchDocuments(query, Strategy.PRUNED, limit).stream()
          .filter(found -> found.cosine() >= threshold
              && (among.isEmpty() || among.get().contains(found.episode())))
          .map(found -> scored(found, names)).forEach(results::add);
      span.set("larimar.results", results.size());
    }
    results.sort(Comparator.comparingDouble((Map<String, Object> r) -> (Double) r.get("score"))
        .reversed());
    call.json(Map.of("results", results.subList(0, Math.min(limit, results.size()))));
  }

  /** A passage of a document, with its place; its id is that of the episode that holds it. */
  private static Map<String, Object> scored(Found found, Pseudonyms names) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", names.fact(found.episode()));
    map.put("memory", found.text());
    map.put("document", found.excerpt().document());
    found.excerpt().title().ifPresent(title -> map.put("title", title));
    found.excerpt().date().ifPresent(date -> map.put("date", date.toString()));
    map.put("offset", found.span().offset());
    map.put("length", found.span().length());
    map.put("score", Math.round(found.cosine() * 1e4) / 1e4);
    return map;
  }

  private static Map<String, Object> scored(
      Entry entry, FactMemory.Match match, Pseudonyms names) {
    Map<String, Object> map = FactJson.toMap(entry, names);
    map.put("score", Math.round(match.similarity() * 1e4) / 1e4);
    return map;
  }

  private void show(Call call) {
    Entry entry = existing(call);
    if (!call.notModified(etag(entry, call.names()))) {
      call.json(FactJson.toMap(entry, call.names()));
    }
  }

  /** The fact that the path names, live or replaced. */
  private static Entry existing(Call call) {
    long id = call.fact();
    Larimar larimar = call.larimar();
    return larimar.show(id).orElseThrow(() -> {
      boolean forgotten = call.principal().may(Role.READ)
          && larimar.ledger().tombstone(larimar.principal(), id).isPresent();
      return forgotten ? Problem.of(410, "Forgotten", "This memory was forgotten.") : unknown();
    });
  }

  private static Problem unknown() {
    return Problem.notFound("There is no memory with this id; an id is one that a write, a list or"
        + " a search gave.");
  }

  /** A fact never changes under its id; what can change is whether a newer one stands in its place. */
  private static String etag(Entry entry, Pseudonyms names) {
    String newer = entry.supersededBy().isPresent()
        ? "." + names.fact(entry.supersededBy().getAsLong()) : "";
    return "\"" + names.fact(entry.id()) + newer + (entry.held() ? ".held" : "") + "\"";
  }

  private void history(Call call) {
    Larimar larimar = call.larimar();
    List<AuditRow> rows = larimar.history(call.fact());
    if (rows.isEmpty()) {
      throw unknown();
    }
    Pseudonyms names = call.names();
    call.json(Map.of("results", rows.stream().map(row -> toMap(larimar, row, names)).toList()));
  }

  private static Map<String, Object> toMap(Larimar larimar, AuditRow row, Pseudonyms names) {
    Map<String, Object> map = Call.map();
    map.put("memory_id", names.fact(row.fact()));
    map.put("event", switch (row.operation()) {
      case WRITE -> row.related() == 0 ? "ADD" : "UPDATE";
      case FORGET, ERASE, EXPIRE, UNDO_WRITE, LOST -> "DELETE";
      default -> row.operation().name();
    });
    map.put("operation", row.operation().name());
    map.put("at", Instant.ofEpochMilli(row.atMillis()).toString());
    map.put("by", row.principal());
    if (row.related() != 0 && row.operation() == Operation.WRITE) {
      map.put("supersedes", names.fact(row.related()));
    }
    if (row.operation() == Operation.WRITE) {
      larimar.show(row.fact()).ifPresent(entry -> map.put("memory", entry.fact().text()));
    }
    return map;
  }

  // Forgetting.

  private void forget(Call call) {
    if (call.header(HeaderNames.IF_MATCH).isPresent()) {
      call.requireMatch(etag(existing(call), call.names()));
    }
    ForgetReceipt forgotten = call.larimar().forget(call.fact());
    if (forgotten.tombstones().isEmpty()) {
      throw unknown();
    }
    answer(call, forgotten, call.query("receipt", true));
  }

  private void forgetFiltered(Call call) {
    Filter filter = Filter.of(call);
    boolean all = call.query("all", false);
    if (filter.isEmpty() != all) {
      throw Problem.wrong("Say what to forget: a filter (user_id, agent_id, run_id, tag, subject), or"
          + " all=true without one. Nothing was forgotten.");
    }
    Larimar larimar = call.larimar();
    answer(call, all ? larimar.forgetAll() : larimar.forget(filter.ids(larimar)),
        call.query("receipt", true));
  }

  private void forgetMany(Call call) {
    Fields fields = call.json();
    Set<String> known = new HashSet<>(Filter.FIELDS);
    known.addAll(Set.of("ids", "all", "answer_unknown", "receipt"));
    fields.requireOnly(known);
    Filter filter = Filter.of(fields);
    boolean all = fields.bool("all", false);
    List<String> ids = fields.texts("ids", call.limits().facts());
    int ways = (ids.isEmpty() ? 0 : 1) + (filter.isEmpty() ? 0 : 1) + (all ? 1 : 0);
    if (ways != 1) {
      throw Problem.wrong("Say what to forget by one of: ids, a filter (user_id, agent_id, run_id,"
          + " tag, subject), or all: true. Nothing was forgotten.");
    }
    Larimar larimar = call.larimar();
    Pseudonyms names = call.names();
    Collection<Long> found = all ? larimar.ids() : ids.isEmpty() ? filter.ids(larimar)
        : ids.stream().flatMapToLong(id -> names.factOf(id).stream()).boxed().toList();
    ForgetReceipt forgotten = fields.bool("answer_unknown", false)
        ? larimar.forgetAnsweringUnknown(found) : larimar.forget(found);
    answer(call, forgotten, fields.bool("receipt", true));
  }

  private void answer(Call call, ForgetReceipt forgotten, boolean proof) {
    metrics.facts("forgotten", forgotten.tombstones().size());
    call.json(Forgetting.toMap(call, forgotten, proof));
  }
}
