package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static io.larimar.ledger.Samples.liveIds;
import static io.larimar.ledger.Samples.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  @TempDir Path directory;
  private final Samples.SetClock clock = new Samples.SetClock();

  private Ledger open() {
    return Ledger.open(directory.resolve("store"), LedgerOptions.defaults().withClock(clock));
  }

  private Ledger openWithWindow(Duration window) {
    return Ledger.open(directory.resolve("store"),
        LedgerOptions.defaults().withClock(clock).withForgetUndoWindow(window));
  }

  @Test
  void whatWasWrittenComesBackByteForByteAfterReopening() {
    Random random = new Random(11);
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      drafts.add(Samples.random(random, i));
    }
    drafts.add(Draft.of(Fact.of("東京タワーの高さは333メートルです。\u0000 \uD83D\uDDFC")));
    List<Written> written;
    try (Ledger ledger = open()) {
      written = ledger.appendAll(OWNER, drafts);
    }
    try (Ledger ledger = open()) {
      assertEquals(written.stream().map(Written::id).toList(), liveIds(ledger));
      for (int i = 0; i < drafts.size(); i++) {
        assertTrue(same(ledger.entry(OWNER, written.get(i).id()).orElseThrow(), drafts.get(i)));
      }
    }
  }

  @Test
  void idsRiseAndAreNeverGivenAgain() {
    long last;
    try (Ledger ledger = open()) {
      assertEquals(1, ledger.append(OWNER, draft(1)).id());
      last = ledger.append(OWNER, draft(2)).id();
      ledger.forget(OWNER, List.of(last));
      ledger.compact(OWNER);
    }
    try (Ledger ledger = open()) {
      assertEquals(last + 1, ledger.append(OWNER, draft(3)).id());
      ledger.undo(OWNER);
      assertEquals(last + 2, ledger.append(OWNER, draft(3)).id());
    }
  }

  @Test
  void newestOfContradictingFactsWinsAndTheOlderStaysInTheHistory() {
    try (Ledger ledger = open()) {
      long old = ledger.append(OWNER, draft("ZX-400", "The ZX-400 weighs", "3 kg")).id();
      Written written = ledger.append(OWNER, draft("zx-400 ", "the ＺＸ-400  weighs", "4 kg"));
      assertEquals(OptionalLong.of(old), written.superseded());
      assertEquals(List.of(written.id()), liveIds(ledger));
      Entry older = ledger.entry(OWNER, old).orElseThrow();
      assertEquals("The ZX-400 weighs 3 kg", older.fact().text());
      assertEquals(OptionalLong.of(written.id()), older.supersededBy());
      assertEquals(List.of(old, written.id()),
          ledger.history(OWNER, old).stream().map(AuditRow::fact).toList());
      assertEquals(OptionalLong.empty(),
          ledger.append(OWNER, draft("ZX-400", "The ZX-400 was born in", "Kyoto")).superseded());
    }
  }

  @Test
  void aFactReplacesALiveOneWhateverTheTwoSayAndGoesWithIt() {
    try (Ledger ledger = open()) {
      long old = ledger.append(OWNER, draft("ZX-400", "The ZX-400 weighs", "3 kg")).id();
      long other = ledger.append(OWNER, draft("Orla", "The Orla has", "16 ports")).id();
      Draft anew = draft("ZX-400", "The ZX-400 is painted", "green");
      Written written = ledger.replace(OWNER, old, anew).orElseThrow();
      assertEquals(OptionalLong.of(old), written.superseded());
      assertEquals(List.of(other, written.id()), liveIds(ledger));
      assertEquals(Optional.empty(), ledger.replace(OWNER, old, anew), "it is live no more");
      assertEquals(Optional.empty(), ledger.replace(OWNER, 4_711, anew));
      Principal rival = new Principal("rival", "rival", OWNER.roles());
      assertEquals(Optional.empty(), ledger.replace(rival, other, anew), "another tenant's");
      assertThrows(IllegalArgumentException.class,
          () -> ledger.replace(OWNER, other, draft("ZX-400", "The ZX-400 is painted", "red")));
      assertEquals(List.of(other, written.id()), liveIds(ledger));
      assertTrue(ledger.verify(OWNER).findings().isEmpty());
      assertEquals(2, ledger.forget(OWNER, List.of(written.id())).size());
    }
  }

  @Test
  void aBatchMaySupersedeWithinItself() {
    try (Ledger ledger = open()) {
      List<Written> written = ledger.appendAll(OWNER, List.of(
          draft("a", "a is", "1"), draft("b", "b is", "1"), draft("a", "a is", "2")));
      assertEquals(OptionalLong.of(written.get(0).id()), written.get(2).superseded());
      assertEquals(List.of(written.get(1).id(), written.get(2).id()), liveIds(ledger));
      assertEquals(new Undone(Operation.UNDO_WRITE, List.of(3L, 2L), List.of()),
          ledger.undo(OWNER).orElseThrow());
      assertEquals(List.of(), liveIds(ledger));
    }
  }

  @Test
  void forgettingErasesTheFactAndTheVersionsThatItReplaced() {
    try (Ledger ledger = open()) {
      long first = ledger.append(OWNER, draft("a", "a is", "1")).id();
      long second = ledger.append(OWNER, draft("a", "a is", "2")).id();
      long kept = ledger.append(OWNER, draft("b", "b is", "1")).id();
      List<Tombstone> tombstones = ledger.forget(OWNER, List.of(second, 99L));
      assertEquals(List.of(first, second), tombstones.stream().map(Tombstone::id).toList());
      assertTrue(tombstones.stream().allMatch(Tombstone::erased));
      assertEquals(Optional.empty(), ledger.entry(OWNER, first));
      assertEquals(Optional.empty(), ledger.entry(OWNER, second));
      assertEquals(List.of(kept), liveIds(ledger));
      assertEquals(tombstones, ledger.forget(OWNER, List.of(first, second)));
      assertEquals(OptionalLong.empty(), ledger.append(OWNER, draft("a", "a is", "3"))
          .superseded());
    }
  }

  @Test
  void factsAreFoundBySubjectAndTagWhileTheyLive() {
    try (Ledger ledger = open()) {
      Draft tagged = new Draft(draft(1).fact().withTags(List.of("pump", "pump", "ｎｅｗ")),
          List.of());
      long id = ledger.append(OWNER, tagged).id();
      ledger.append(OWNER, draft(2));
      assertEquals(List.of(id), ledger.idsBySubject(OWNER, " Subject  1"));
      assertEquals(List.of(id), ledger.idsByTag(OWNER, "new"));
    }
    try (Ledger ledger = open()) {
      assertEquals(List.of(1L), ledger.idsByTag(OWNER, "pump"));
      ledger.forget(OWNER, ledger.idsByTag(OWNER, "pump"));
      assertEquals(List.of(), ledger.idsByTag(OWNER, "pump"));
      assertEquals(List.of(), ledger.idsBySubject(OWNER, "subject 1"));
      assertEquals(List.of(2L), ledger.ids(OWNER));
    }
  }

  @Test
  void undoTakesWritesBackOneCallAtATimeAndRevivesWhatTheyReplaced() {
    try (Ledger ledger = open()) {
      long old = ledger.append(OWNER, draft("a", "a is", "1")).id();
      List<Written> batch = ledger.appendAll(OWNER,
          List.of(draft("a", "a is", "2"), draft("b", "b is", "1")));
      Undone undone = ledger.undo(OWNER).orElseThrow();
      assertEquals(Operation.UNDO_WRITE, undone.operation());
      assertEquals(List.of(batch.get(1).id(), batch.get(0).id()), undone.erased());
      assertEquals(List.of(old), undone.revived());
      assertEquals(List.of(old), liveIds(ledger));
      assertEquals(OptionalLong.of(old),
          ledger.append(OWNER, draft("a", "a is", "4")).superseded());
      ledger.undo(OWNER);
      ledger.undo(OWNER);
      assertEquals(List.of(), liveIds(ledger));
      assertEquals(Optional.empty(), ledger.undo(OWNER));
    }
  }

  @Test
  void aForgetIsFinalWithoutAWindowAndUndoneWithinOne() {
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      ledger.forget(OWNER, List.of(1L));
      assertEquals(Optional.empty(), ledger.undo(OWNER));
    }
    try (Ledger ledger = openWithWindow(Duration.ofHours(1))) {
      long id = ledger.append(OWNER, draft(2)).id();
      Tombstone tombstone = ledger.forget(OWNER, List.of(id)).getFirst();
      assertFalse(tombstone.erased());
      assertEquals(Optional.empty(), ledger.entry(OWNER, id));
      assertEquals(List.of(), liveIds(ledger));
      Undone undone = ledger.undo(OWNER).orElseThrow();
      assertEquals(new Undone(Operation.UNDO_FORGET, List.of(), List.of(id)), undone);
      assertTrue(same(ledger.entry(OWNER, id).orElseThrow(), draft(2)));
      assertEquals(List.of(id), ledger.idsBySubject(OWNER, "subject 2"));
      ledger.forget(OWNER, List.of(id));
      clock.advance(Duration.ofHours(1));
      assertEquals(Optional.empty(), ledger.undo(OWNER));
      assertEquals(Operation.ERASE, ledger.tombstone(OWNER, id).orElseThrow().operation());
    }
  }

  @Test
  void aTimeToLiveErases() {
    try (Ledger ledger = open()) {
      Fact mortal = draft(1).fact().withTimeToLive(Duration.ofMinutes(5));
      long id = ledger.append(OWNER, Draft.of(mortal)).id();
      ledger.append(OWNER, draft(2));
      clock.advance(Duration.ofMinutes(5).minusMillis(1));
      assertEquals(List.of(), ledger.expire(OWNER, clock.instant()));
      clock.advance(Duration.ofMillis(1));
      List<Tombstone> erased = ledger.expire(OWNER, clock.instant());
      assertEquals(List.of(id), erased.stream().map(Tombstone::id).toList());
      assertEquals(Operation.EXPIRE, erased.getFirst().operation());
      assertEquals(List.of(2L), liveIds(ledger));
    }
  }

  @Test
  void aLegalHoldRefusesForgetUndoAndExpiryUntilItsRelease() {
    try (Ledger ledger = open()) {
      Fact mortal = draft(1).fact().withTimeToLive(Duration.ofMinutes(5));
      long id = ledger.append(OWNER, Draft.of(mortal)).id();
      assertTrue(ledger.hold(OWNER, id, "case 12/2026"));
      assertFalse(ledger.hold(OWNER, id, "again"));
      assertEquals(RefusedException.Reason.HOLD, assertThrows(RefusedException.class,
          () -> ledger.forget(OWNER, List.of(id))).reason());
      assertThrows(RefusedException.class, () -> ledger.undo(OWNER));
      clock.advance(Duration.ofHours(1));
      assertEquals(List.of(), ledger.expire(OWNER, clock.instant()));
      long newer = ledger.append(OWNER, draft(1)).id();
      assertThrows(RefusedException.class, () -> ledger.forget(OWNER, List.of(newer)));
      assertTrue(ledger.release(OWNER, id, "case closed"));
      assertEquals(2, ledger.forget(OWNER, List.of(newer)).size());
    }
  }

  @Test
  void anEarlierStateHoldsWhatWasLiveThenAndNamesWhatWasErasedSince() {
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft("a", "a is", "1"));
      ledger.append(OWNER, draft("b", "b is", "1"));
      var then = clock.instant();
      clock.advance(Duration.ofSeconds(1));
      ledger.append(OWNER, draft("a", "a is", "2"));
      ledger.append(OWNER, draft("c", "c is", "1"));
      ledger.forget(OWNER, List.of(2L));
      EarlierState earlier = ledger.asOf(OWNER, then);
      assertEquals(List.of(1L), earlier.entries().stream().map(Entry::id).toList());
      assertEquals("a is 1", earlier.entries().getFirst().fact().text());
      assertEquals(List.of(2L), earlier.erasedSince());
      assertEquals(List.of(3L, 4L), ledger.asOf(OWNER, clock.instant()).entries().stream()
          .map(Entry::id).toList());
      assertEquals(List.of(), ledger.asOf(OWNER, then.minusMillis(1)).entries());
    }
  }

  @Test
  void aFailedBatchLeavesNothing() {
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      Draft broken = Draft.of(Fact.of("lone surrogate \uD800"));
      assertThrows(IllegalArgumentException.class,
          () -> ledger.appendAll(OWNER, List.of(draft(1), draft(2), broken)));
      assertEquals(List.of(1L), liveIds(ledger));
      assertEquals(2, ledger.append(OWNER, draft(2)).id());
    }
  }

  @Test
  void usedAfterCloseItThrowsAndClosingTwiceDoesNothing() {
    Ledger ledger = open();
    ledger.close();
    ledger.close();
    assertThrows(IllegalStateException.class, () -> ledger.append(OWNER, draft(1)));
    assertThrows(IllegalStateException.class, () -> ledger.live(OWNER, 0, 1));
    assertThrows(IllegalStateException.class, () -> ledger.undo(OWNER));
  }

  @Test
  void callsOfManyThreadsWaitForEachOther() throws InterruptedException {
    try (Ledger ledger = open()) {
      List<Thread> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        int first = 100 * thread;
        threads.add(Thread.ofVirtual().start(() -> {
          for (int i = first; i < first + 20; i++) {
            long id = ledger.append(OWNER, draft(i)).id();
            if (i % 4 == 0) {
              ledger.forget(OWNER, List.of(id));
            }
          }
        }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(60, liveIds(ledger).size());
      assertEquals(List.of(), ledger.verify(OWNER).findings());
    }
  }

  @Test
  void statsCountWhatIsThere() {
    try (Ledger ledger = openWithWindow(Duration.ofDays(1))) {
      ledger.appendAll(OWNER, List.of(draft(1), draft(2), draft(3), draft(1)));
      ledger.forget(OWNER, List.of(2L));
      ledger.hold(OWNER, 3, "case");
      Stats stats = ledger.stats(OWNER);
      assertEquals(new Stats(2, 1, 1, 0, 1, 1, 7, stats.bytes()), stats);
      assertTrue(stats.bytes() > 4096);
    }
  }
}
