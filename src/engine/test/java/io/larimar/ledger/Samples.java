package io.larimar.ledger;

import io.larimar.engine.Fact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** What the ledger's tests share: facts, principals, a clock that is set, a byte search. */
final class Samples {
  static final Principal OWNER = Principal.OWNER;

  private Samples() {}

  static Draft draft(int number) {
    return draft("subject " + number, "The flow rate of subject " + number + " is",
        number + " litres per minute");
  }

  static Draft draft(String subject, String prompt, String target) {
    return Draft.of(Fact.of(subject, prompt, target), new byte[] {1, 2, 3}, target.getBytes());
  }

  static Draft random(Random random, int number) {
    byte[] address = new byte[random.nextInt(3000)];
    byte[] latents = new byte[random.nextInt(9000)];
    random.nextBytes(address);
    random.nextBytes(latents);
    return new Draft(draft(number).fact().withTags(List.of("even" + number % 2, "batch")),
        List.of(address, latents));
  }

  static Principal principal(String name, String tenant, Role first, Role... more) {
    return new Principal(name, tenant, EnumSet.of(first, more));
  }

  /** Whether two entries hold the same, derived bytes included. */
  static boolean same(Entry entry, Draft draft) {
    if (!entry.fact().equals(draft.fact()) || entry.derived().size() != draft.derived().size()) {
      return false;
    }
    for (int i = 0; i < draft.derived().size(); i++) {
      if (!Arrays.equals(entry.derived().get(i), draft.derived().get(i))) {
        return false;
      }
    }
    return true;
  }

  static List<Long> liveIds(Ledger ledger) {
    List<Long> ids = new ArrayList<>();
    ledger.forEachLive(OWNER, entry -> ids.add(entry.id()));
    return ids;
  }

  /** Whether the bytes stand in a file below a directory. */
  static boolean stands(Path directory, byte[] wanted) {
    return content(directory).contains(latin(wanted));
  }

  /** All bytes of all files below a directory, one char a byte. */
  static String content(Path directory) {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        all.append(latin(Files.readAllBytes(path))).append('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** A clock that stands until it is set. */
  static final class SetClock extends Clock {
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");

    void advance(Duration span) {
      now = now.plus(span);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("a set clock has one zone");
    }
  }
}
