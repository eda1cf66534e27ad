package io.larimar.server;

import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Restored;
import io.larimar.ledger.Role;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Copies of the store while it is served, for an administrator of the store. They lie on the
 * server's disk and never go over the wire, as a copy holds every key; a restore makes a store of
 * one beside them, in which what was forgotten since is erased again.
 */
final class Backups {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern NAME = Pattern.compile("(backup|restored)-\\d{8}T\\d{9}Z");
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Path directory;
  private final Gate gate = new Gate("backups", 1, 1, PATIENCE);

  Backups(Path directory) {
    this.directory = directory.toAbsolutePath();
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/backups", Role.ADMIN, this::list),
        Route.of("POST", "/backups", Role.ADMIN, this::make),
        Route.of("DELETE", "/backups/{name}", Role.ADMIN, this::delete),
        Route.of("POST", "/backups/{name}/restore", Role.ADMIN, this::restore));
  }

  private void list(Call call) throws IOException {
    call.requireOperator(Role.ADMIN, "see the backups");
    if (!Files.isDirectory(directory)) {
      call.json(Map.of("results", List.of()));
      return;
    }
    List<Path> all;
    try (Stream<Path> there = Files.list(directory)) {
      all = there.filter(path -> NAME.matcher(path.getFileName().toString()).matches()).sorted()
          .toList();
    }
    List<Map<String, Object>> results = new ArrayList<>();
    for (Path path : all) {
      results.add(describe(path));
    }
    call.json(Map.of("results", results));
  }

  private static Map<String, Object> describe(Path path) throws IOException {
    Map<String, Object> map = Call.map();
    map.put("name", path.getFileName().toString());
    map.put("directory", path.toString());
    try (Stream<Path> files = Files.walk(path)) {
      map.put("bytes", files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length())
          .sum());
    }
    return map;
  }

  private void make(Call call) throws IOException {
    call.requireOperator(Role.ADMIN, "make a backup");
    try (Gate.Pass pass = gate.enter()) {
      long start = System.nanoTime();
      Path target = fresh("backup-");
      call.larimar().ledger().backup(call.principal(), target);
      Map<String, Object> map = describe(target);
      map.put("millis", Forgetting.millis(System.nanoTime() - start));
      call.json(201, map);
    }
  }

  /** A directory that is not there yet, in one that its owner alone may read. */
  private Path fresh(String kind) throws IOException {
    Files.createDirectories(directory);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
    return directory.resolve(kind + STAMP.format(Instant.now()));
  }

  private Path existing(Call call) {
    String name = call.path("name");
    Path path = directory.resolve(NAME.matcher(name).matches() ? name : "none");
    if (!Files.isDirectory(path)) {
      throw Problem.notFound("There is no such backup; GET /backups lists them.");
    }
    return path;
  }

  private void restore(Call call) throws IOException {
    call.requireOperator(Role.ADMIN, "restore a backup");
    Path backup = existing(call);
    try (Gate.Pass pass = gate.enter()) {
      Path target = fresh("restored-");
      Path journal = target.resolveSibling(target.getFileName() + ".journal");
      Restored restored;
      try {
        call.larimar().ledger().exportAudit(call.principal(), journal);
        restored = Ledger.restore(
            call.principal(), backup, journal, target, LedgerOptions.defaults());
      } finally {
        Files.deleteIfExists(journal);
      }
      Map<String, Object> map = describe(target);
      map.put("replayed_rows", restored.replayedRows());
      map.put("erased_again", restored.erasedAgain());
      map.put("lost", restored.lost());
      map.put("next", "Stop the server and start it with --store " + target);
      call.json(201, map);
    }
  }

  private void delete(Call call) throws IOException {
    call.requireOperator(Role.ADMIN, "delete a backup");
    Path path = existing(call);
    try (Gate.Pass pass = gate.enter(); Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    call.json(Map.of("deleted", path.getFileName().toString()));
  }
}
