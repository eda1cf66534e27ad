package io.larimar.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finished records survive a stop, exactly, and never get into another run. */
class OutcomeLogTest {
  @TempDir
  private Path folder;
  private Optional<Path> file = Optional.empty();

  @BeforeEach
  void name() {
    file = Optional.of(folder.resolve("run.records.jsonl"));
  }

  private static Outcome outcome(int record) {
    Outcome outcome = new Outcome(record);
    outcome.add("nll", Math.PI / (record + 1));
    outcome.add("nll", 1.0 / 3);
    outcome.say("text", "said \"so\"\n日本 " + record);
    return outcome;
  }

  private void unfinished(String run) {
    try (OutcomeLog log = OutcomeLog.open(file, run)) {
      log.append(outcome(0));
      log.append(outcome(4));
    }
  }

  @Test
  void aStoppedRunGoesOnWithTheSameNumbers() {
    unfinished("run a");
    try (OutcomeLog log = OutcomeLog.open(file, "run a")) {
      assertEquals(2, log.resumed());
      assertTrue(log.has(4));
      assertFalse(log.has(1));
      log.append(outcome(1));
      assertEquals(List.of(outcome(0), outcome(1), outcome(4)), log.outcomes());
    }
  }

  @Test
  void aLineThatACrashCutOffIsDropped() throws IOException {
    unfinished("run a");
    Files.writeString(file.get(), "{\"record\": 5, \"values\": {\"n", StandardOpenOption.APPEND);
    try (OutcomeLog log = OutcomeLog.open(file, "run a")) {
      assertEquals(List.of(outcome(0), outcome(4)), log.outcomes());
    }
  }

  @Test
  void anotherRunsUnfinishedRecordsAreRefused() {
    unfinished("run a");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> OutcomeLog.open(file, "run b"));
    assertTrue(e.getMessage().contains("run a") && e.getMessage().contains("run b"),
        e.getMessage());
  }

  @Test
  void aFinishedRunIsBegunAnew() {
    unfinished("run a");
    try (OutcomeLog log = OutcomeLog.open(file, "run a")) {
      log.finish();
    }
    try (OutcomeLog log = OutcomeLog.open(file, "run b")) {
      assertEquals(0, log.resumed());
    }
  }

  @Test
  void aFileOfSomethingElseIsRefused() throws IOException {
    Files.writeString(file.get(), "my notes\nare here\n");
    assertThrows(IllegalArgumentException.class, () -> OutcomeLog.open(file, "run a"));
    assertEquals("my notes\nare here\n", Files.readString(file.get()));
  }
}
