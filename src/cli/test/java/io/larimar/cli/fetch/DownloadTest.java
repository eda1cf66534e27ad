package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.cli.fetch.FileServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class DownloadTest {
  private static final int LENGTH = 300_001;

  @TempDir Path folder;
  private final byte[] content = Fixtures.bytes(LENGTH);
  private FileServer server;
  private Path target;
  private Path part;

  @BeforeEach
  void serve() throws IOException {
    server = new FileServer(content);
    target = folder.resolve("file.bin");
    part = folder.resolve("file.bin.part");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void fetch(URI address, OptionalLong size, Digest digest) throws IOException {
    try (Download download = new Download(Duration.ofMillis(1), Duration.ofSeconds(1))) {
      download.fetch(address, target, size, digest, Progress.silent().step("", 0));
    }
  }

  private void fetch() throws IOException {
    fetch(server.address(), OptionalLong.of(LENGTH), Fixtures.sha256(content));
  }

  @Test
  void aWholeFileArrivesUnderItsNameAndLeavesNoPart() throws IOException {
    fetch();
    assertArrayEquals(content, Files.readAllBytes(target));
    assertFalse(Files.exists(part));
  }

  @Test
  void aFileOfUnknownSizeArrives() throws IOException {
    fetch(server.address(), OptionalLong.empty(), Fixtures.sha256(content));
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void anEarlierPartIsGoneOnWith() throws IOException {
    Files.write(part, Arrays.copyOf(content, 100_000));
    fetch();
    assertEquals(java.util.List.of("bytes=100000-"), server.ranges());
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aBrokenConnectionIsGoneOnWithFromWhereItBroke() throws IOException {
    server.then(Answer.BREAK_HALFWAY, Answer.BREAK_HALFWAY);
    fetch();
    assertEquals(3, server.ranges().size());
    assertTrue(server.ranges().get(1).startsWith("bytes="), server.ranges()::toString);
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aServerThatIgnoresTheRangeIsReadFromTheStart() throws IOException {
    Files.write(part, Arrays.copyOf(content, 100_000));
    server.then(Answer.IGNORE_RANGE);
    fetch();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aPassingServerErrorIsTriedAgain() throws IOException {
    server.then(Answer.UNAVAILABLE, Answer.UNAVAILABLE);
    fetch();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aLastingServerErrorIsRefusedAfterFourTries() {
    server.then(Answer.UNAVAILABLE, Answer.UNAVAILABLE, Answer.UNAVAILABLE, Answer.UNAVAILABLE);
    assertThrows(Download.Refused.class, this::fetch);
    assertEquals(4, server.ranges().size());
  }

  @Test
  void aForbiddenFileIsRefusedAtOnce() {
    server.then(Answer.FORBIDDEN);
    assertEquals("HTTP 403",
        assertThrows(Download.Refused.class, this::fetch).getMessage());
  }

  @Test
  void aServerThatIsNotThereIsRefused() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    assertThrows(Download.Refused.class, () -> fetch(URI.create("http://127.0.0.1:" + free + "/"),
        OptionalLong.of(LENGTH), Fixtures.sha256(content)));
  }

  @Test
  void aWrongChecksumIsSaidAndLeavesNoFile() {
    FetchException failure = assertThrows(FetchException.class, () -> fetch(server.address(),
        OptionalLong.of(LENGTH), Fixtures.sha256(Fixtures.bytes(7))));
    assertTrue(failure.getMessage().contains("checksum"), failure::getMessage);
    assertFalse(Files.exists(target));
    assertFalse(Files.exists(part));
  }

  @Test
  void aPartOfAnotherFileIsThrownAwayAndFetchedAnew() throws IOException {
    Files.write(part, new byte[100_000]);
    fetch();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aPartLongerThanTheFileIsThrownAway() throws IOException {
    Files.write(part, new byte[LENGTH + 5]);
    fetch();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aServerThatSendsMoreThanPinnedIsRefused() {
    server.then(Answer.TOO_LONG);
    assertThrows(Download.Refused.class, this::fetch);
    assertFalse(Files.exists(target));
  }

  @Test
  void aStalledConnectionIsDroppedAndGoneOnWith() throws IOException {
    try (StallingServer stalling = new StallingServer(content)) {
      fetch(stalling.address(), OptionalLong.of(LENGTH), Fixtures.sha256(content));
    }
    assertArrayEquals(content, Files.readAllBytes(target));
  }
}
