package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A peer is asked and answers by lines, and one that cannot run its model is quoted. */
@DisabledOnOs(OS.WINDOWS)
class PeerProcessTest {
  @TempDir private Path folder;

  private PeerProcess start(String script) throws IOException {
    return PeerProcess.start(List.of("sh", "-c", script), folder.resolve("err"));
  }

  @Test
  void itIsAskedAndAnswersByLines() throws IOException {
    try (PeerProcess peer =
        start("echo loading; echo ready; while read n; do echo chat; echo nanos $((n * 10)).5; done")) {
      assertEquals(640.5, peer.nanosPerToken(64));
      assertEquals(20.5, peer.nanosPerToken(2));
    }
  }

  @Test
  void whatItSaysOfAModelThatItCannotRunIsQuotedWithoutFolders() {
    String words = assertThrows(IOException.class, () -> start("echo 'Exception in thread main"
        + " java.lang.IllegalArgumentException: no config.json in /home/a-b/models/x.gguf' >&2;"
        + " echo '  at A.main' >&2; exit 1")).getMessage();
    assertTrue(words.endsWith("no config.json in x.gguf"), words);
    assertFalse(assertThrows(IOException.class, () -> start("exit 1")).getMessage().isBlank());
  }

  @Test
  void itsEndInTheMiddleIsAnError() throws IOException {
    try (PeerProcess peer = start("echo ready; read n; echo 'Exception: out of memory' >&2")) {
      assertEquals("Exception: out of memory",
          assertThrows(IOException.class, () -> peer.nanosPerToken(4)).getMessage());
    }
  }

  @Test
  void eachKnownPeerHasItsProgram() {
    for (Peer.Known known : Peer.Known.values()) {
      Peer peer = known.on(folder, folder, "");
      assertTrue(PeerProcess.class.getResource(peer.program() + ".java.txt") != null,
          peer.program());
      assertEquals(3, known.coordinates().split(":").length);
    }
  }
}
