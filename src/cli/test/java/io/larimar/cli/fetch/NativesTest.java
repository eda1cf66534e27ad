package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.cli.fetch.FileServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@DisabledOnOs(OS.WINDOWS) // The stand-ins for npm are shell scripts.
class NativesTest {
  @TempDir Path folder;
  private byte[] archive;
  private FileServer server;
  private Path bin;
  private Cache cache;

  @BeforeEach
  void serve() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("package/package.json", "{}".getBytes());
    entries.put("package/bins/linux-x64/libggml-base.so", Fixtures.bytes(900));
    entries.put("package/bins/linux-x64/libggml-cpu-haswell.so", Fixtures.bytes(800));
    entries.put("package/bins/linux-x64/libggml.v0.5.0.so", Fixtures.bytes(500));
    entries.put("package/bins/linux-x64/libllama.v0.5.0.so", Fixtures.bytes(4_000));
    entries.put("package/bins/linux-x64/libllama-common.so", Fixtures.bytes(5_000));
    entries.put("package/bins/linux-x64/llama-addon.node", Fixtures.bytes(600));
    archive = Fixtures.tgz(entries);
    server = new FileServer(archive);
    bin = folder.resolve("bin");
    cache = Fixtures.cache(folder.resolve("cache"));
    npmAnswers(Fixtures.sha512(archive));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** A stand-in for npm that answers as npm does, but with this server's address. */
  private void npmAnswers(Digest digest) throws IOException {
    Path packed = Files.write(folder.resolve("packed.tgz"), archive);
    String integrity =
        "sha512-" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(digest.hex()));
    Fixtures.program(bin, "npm", """
        case "$1" in
          view) printf '{"dist.tarball": "%s", "dist.integrity": "%s"}' ;;
          pack) /bin/cp '%s' "$4/x.tgz" ;;
        esac""".formatted(server.address(), integrity, packed));
  }

  private Natives natives(Environment environment) {
    return new Natives(environment, cache, Duration.ofMillis(1),
        (platform, backend) -> platform.equals("linux-x64") && backend != Backend.CUDA
            ? Optional.of(Fixtures.npm(archive)) : Optional.empty());
  }

  private Natives natives() {
    return natives(Fixtures.linux(folder, bin));
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private static String message(Callable<?> call) {
    String message = assertThrows(FetchException.class, call::call).getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @Test
  void onlyTheLibrariesAreUnpackedAndTheArchiveIsRemoved() throws IOException {
    Path found = natives().find(Progress.silent());
    assertEquals(Set.of("libggml-base.so", "libggml-cpu-haswell.so", "libggml.v0.5.0.so",
        "libllama.v0.5.0.so", "larimar-files.txt"), names(found));
    assertEquals(Set.of(), names(cache.downloads()));
    assertEquals("@invented/linux-x64@1.2.3", Natives.origin(found));
  }

  @Test
  void whatIsThereIsUsedWithoutAnyClient() throws IOException {
    Path first = natives().find(Progress.silent());
    int requests = server.ranges().size();
    Path offline = folder.resolve("empty");
    assertEquals(first, natives(Fixtures.linux(folder, offline)).find(Progress.silent()));
    assertEquals(requests, server.ranges().size());
  }

  @Test
  void aDamagedInstallationIsFetchedAnew() throws IOException {
    Path found = natives().find(Progress.silent());
    Files.write(found.resolve("libllama.v0.5.0.so"), new byte[3]);
    assertEquals(Optional.empty(), natives().installed());
    assertEquals(found, natives().find(Progress.silent()));
    assertEquals(4_000, Files.size(found.resolve("libllama.v0.5.0.so")));
  }

  @Test
  void withoutNpmTheMessageSaysHowToGetIt() {
    String message = message(() -> natives(Fixtures.linux(folder, folder.resolve("empty")))
        .find(Progress.silent()));
    assertTrue(message.startsWith("npm is not on PATH"), message);
    assertTrue(message.contains("LARIMAR_NATIVES"), message);
  }

  @Test
  void withoutNetworkTheMessageSaysSo() throws IOException {
    Fixtures.program(bin, "npm", """
        printf '{"error": {"code": "ENOTFOUND", "summary": "getaddrinfo ENOTFOUND"}}'
        printf 'npm error code ENOTFOUND\\nnpm error network\\n' >&2
        exit 1""");
    String message = message(() -> natives().find(Progress.silent()));
    assertTrue(message.startsWith("npm cannot reach its registry"), message);
  }

  @Test
  void aRefusedDownloadIsLeftToNpm() throws IOException {
    server.then(Answer.FORBIDDEN);
    assertTrue(names(natives().find(Progress.silent())).contains("libllama.v0.5.0.so"));
  }

  @Test
  void aProxyLeavesTheDownloadToNpm() throws IOException {
    Map<String, String> variables = new HashMap<>(Map.of("PATH", bin.toString()));
    variables.put("http_proxy", "http://127.0.0.1:9");
    Path found = natives(new Environment(variables, "Linux", "amd64", folder))
        .find(Progress.silent());
    assertTrue(names(found).contains("libllama.v0.5.0.so"));
    assertEquals(List.of(), server.ranges());
  }

  @Test
  void anotherPublishedChecksumThanPinnedIsNotFetched() throws IOException {
    npmAnswers(Fixtures.sha512(Fixtures.bytes(5)));
    String message = message(() -> natives().find(Progress.silent()));
    assertTrue(message.contains("another file"), message);
    assertEquals(List.of(), server.ranges());
  }

  @Test
  void aDeliveredFileOfAnotherContentIsRemovedAndSaid() throws IOException {
    server.close();
    byte[] other = archive.clone();
    other[other.length / 2] ^= 1;
    server = new FileServer(other);
    npmAnswers(Fixtures.sha512(archive));
    String message = message(() -> natives().find(Progress.silent()));
    assertTrue(message.contains("checksum") && message.contains("removed"), message);
    assertEquals(Set.of(), names(cache.downloads()));
  }

  @Test
  void aFullDiskIsSaidBeforeAnythingIsFetched() {
    cache = new Cache(folder.resolve("cache"), unused -> 1_000);
    String message = message(() -> natives().find(Progress.silent()));
    assertTrue(message.contains("is full"), message);
    assertTrue(message.contains("LARIMAR_CACHE"), message);
    assertEquals(List.of(), server.ranges());
  }

  @Test
  void aCacheFolderThatCannotBeMadeIsSaid() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    cache = Fixtures.cache(file.resolve("cache"));
    String message = message(() -> natives().find(Progress.silent()));
    assertTrue(message.startsWith("cannot make the cache folder"), message);
  }

  @Test
  void aPlatformWithoutReadyLibrariesIsToldToBuild() {
    String message = message(() -> natives().fetch(Backend.CUDA, Progress.silent()));
    assertTrue(message.contains("larimar natives --build cuda"), message);
  }

  @Test
  void theLastFetchedBackendStaysInUse() throws IOException {
    Path cpu = natives().find(Progress.silent());
    Path vulkan = natives().fetch(Backend.VULKAN, Progress.silent());
    assertNotEquals(cpu, vulkan);
    assertEquals(vulkan, natives().find(Progress.silent()));
  }

  @Test
  void aFolderOfTheUsersOwnGoesBeforeEverything() throws IOException {
    Path own = Files.createDirectories(folder.resolve("own"));
    Environment environment = new Environment(
        Map.of("LARIMAR_NATIVES", own.toString()), "Linux", "amd64", folder);
    assertTrue(message(() -> natives(environment).find(Progress.silent()))
        .contains("without a llama library"));
    Files.write(own.resolve("libllama.so"), new byte[1]);
    assertEquals(own, natives(environment).find(Progress.silent()));
  }

  @Test
  void fourThreadsAtOnceFetchOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Path> find = () -> natives().find(Progress.silent());
      List<Future<Path>> found = threads.invokeAll(List.of(find, find, find, find));
      for (Future<Path> each : found) {
        assertEquals(found.getFirst().get(), each.get());
      }
    }
    assertEquals(1, server.ranges().size());
  }
}
