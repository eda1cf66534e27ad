package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a small tree of its own, with stand-ins for the JDK and for Maven. */
@Timeout(300)
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final List<String> TOOLS = List.of("sh", "find", "sort", "cksum", "awk", "xargs",
      "tr", "head", "cat", "mkdir", "rm", "grep", "readlink", "dirname", "touch", "sleep", "sed",
      "tail", "mv", "cp", "basename", "du");
  private static final int ENVIRONMENT = 3;

  @TempDir Path folder;
  private Path root;
  private Path bin;
  private Path jdk;
  private Path source;

  @BeforeEach
  void makeTree() throws IOException {
    root = Files.createDirectories(folder.resolve("tree with space"));
    Path launcher = root.resolve("larimar");
    Files.copy(Path.of("..", "..", "larimar"), launcher);
    assertTrue(launcher.toFile().setExecutable(true));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.createDirectories(root.resolve("bindings/main"));
    Files.createDirectories(root.resolve("bench"));
    source = Files.createDirectories(root.resolve("src/engine/main")).resolve("A.java");
    Files.writeString(source, "class A {}");
    Files.createDirectories(root.resolve("src/cli"));
    bin = Files.createDirectories(folder.resolve("bin"));
    for (String tool : TOOLS) {
      Files.createSymbolicLink(bin.resolve(tool), find(tool));
    }
    jdk = jdk("jdk", "25.0.1", "java.base jdk.incubator.vector");
    maven("");
  }

  private static Path find(String tool) throws IOException {
    for (String each : List.of("/usr/bin", "/bin")) {
      if (Files.isExecutable(Path.of(each, tool))) {
        return Path.of(each, tool);
      }
    }
    throw new IOException("no " + tool + " on this machine");
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertTrue(file.toFile().setExecutable(true));
  }

  /** A JDK whose `java` prints the class and its arguments. */
  private Path jdk(String name, String version, String modules) throws IOException {
    Path home = folder.resolve(name);
    script(home.resolve("bin/java"), """
        dumping=no
        while [ $# -gt 0 ] && [ "$1" != io.larimar.cli.Main ] &&
          [ "$1" != io.larimar.cli.fetch.Prepare ] && [ "$1" != io.larimar.cli.Unpack ]; do
          case $1 in
            -Dlarimar.unpacked=*) [ -d "${1#*=}" ] && printf 'unpacked ' ;;
            -XX:TieredStopAtLevel=1) [ -z "${COMPILERS-}" ] || printf 'first alone ' ;;
            -XX:-C1UpdateMethodData) [ -z "${COMPILERS-}" ] || printf 'no profiles ' ;;
            -Xshare:dump) dumping=yes ;;
            -XX:DumpLoadedClassList=*) echo 'a/Class id: 7' > "${1#*=}" ;;
            -XX:SharedClassListFile=*) list=${1#*=} ;;
            -XX:SharedArchiveFile=*)
              if [ $dumping = yes ]; then archive=${1#*=}; else printf 'cached '; fi ;;
          esac
          shift
        done
        [ $dumping = no ] || { grep -v id: "$list" > "$archive"; echo 'made'; exit; }
        case "$*" in
          *" --rehearse") echo "${REHEARSAL-rehearsed}"; exit ;;
        esac
        case $1 in
          *Prepare) echo /natives; echo /model ;;
          *Unpack) [ -z "${UNPACKS-}" ] || { mkdir "$2" && touch "$2/libonnxruntime.so"; } ;;
          *) printf 'ran'; printf ' <%s>' "$@"; exit "${RETURN:-0}" ;;
        esac
        """);
    script(home.resolve("bin/javac"), "");
    Files.writeString(home.resolve("release"),
        "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
    return home;
  }

  /** A Maven that counts its calls and makes the jars, after this. */
  private void maven(String before) throws IOException {
    script(bin.resolve("mvn"), before + """

        case "$*" in
          *" test"*) echo "tests with $LARIMAR_NATIVES $LARIMAR_MODEL: $*"; exit 0 ;;
        esac
        echo x >> "%s"
        echo '[INFO] Building Larimar: engine 0.1.0                 [1/1]'
        mkdir -p src/cli/target/lib
        echo jar > src/cli/target/larimar-cli-0.1.0.jar
        echo jar > src/cli/target/lib/a.jar
        """.formatted(folder.resolve("calls")));
  }

  private int builds() throws IOException {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  private record Ended(int exitCode, String out, String err) {}

  private Process start(Map<String, String> more, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(root.resolve("larimar").toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
    Map<String, String> variables = new HashMap<>(Map.of("PATH", bin.toString(),
        "HOME", folder.toString(), "LARIMAR_JAVA_HOME", jdk.toString()));
    variables.putAll(more);
    builder.environment().clear();
    builder.environment().putAll(variables);
    return builder.start();
  }

  private static Ended end(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(200, TimeUnit.SECONDS));
    return new Ended(process.exitValue(), out, err);
  }

  private Ended run(String... arguments) throws Exception {
    return end(start(Map.of(), arguments));
  }

  @Test
  void theFirstStartBuildsAndTheSecondDoesNot() throws Exception {
    Ended first = run("ask", "a question", "--top-k", "3");
    assertEquals("ran <io.larimar.cli.Main> <ask> <a question> <--top-k> <3>", first.out());
    assertTrue(first.err().contains("building Larimar: engine"), first::err);
    Ended second = run("ask");
    assertEquals("", second.err());
    assertEquals(1, builds());
  }

  @Test
  void theExitCodeOfTheProgramIsPassedOn() throws Exception {
    assertEquals(2, end(start(Map.of("RETURN", "2"), "ask")).exitCode());
  }

  @Test
  void aChangedSourceIsBuiltAndATouchedOneIsNot() throws Exception {
    run("list");
    FileTime later = FileTime.from(Instant.now().plusSeconds(5));
    Files.setLastModifiedTime(source, later);
    run("list");
    assertEquals(1, builds());
    Files.writeString(source, "class A { int b; }");
    Files.setLastModifiedTime(source, later);
    run("list");
    assertEquals(2, builds());
  }

  @Test
  void aRemovedSourceIsBuilt() throws Exception {
    run("list");
    Files.delete(source);
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(5)));
    run("list");
    assertEquals(2, builds());
  }

  @Test
  void twoFirstStartsAtOnceBuildOnce() throws Exception {
    maven("sleep 1");
    Process one = start(Map.of(), "list");
    Process two = start(Map.of(), "list");
    assertEquals(0, end(one).exitCode());
    assertEquals(0, end(two).exitCode());
    assertEquals(1, builds());
  }

  @Test
  void theLockOfADeadLauncherIsTakenOver() throws Exception {
    Path lock = Files.createDirectories(root.resolve("target/larimar-build.lock"));
    Files.writeString(lock.resolve("owner"), "999999999");
    assertEquals(0, run("list").exitCode());
  }

  @Test
  void aFailedBuildShowsItsErrorsAndIsTriedAgain() throws Exception {
    maven("echo '[ERROR] A.java:[1,2] cannot find symbol'; exit 1");
    Ended failed = run("list");
    assertEquals(1, failed.exitCode());
    assertTrue(failed.err().contains("cannot find symbol"), failed::err);
    maven("");
    assertEquals(0, run("list").exitCode());
  }

  @Test
  void aBuildWithoutNetworkSaysSo() throws Exception {
    maven("echo '[ERROR] Could not transfer artifact x: Unknown host'; exit 1");
    assertEnvironment(run("list"), "Maven cannot fetch");
  }

  @Test
  void aMissingMavenIsSaidWithHowToGetIt() throws Exception {
    Files.delete(bin.resolve("mvn"));
    assertEnvironment(run("list"), "Maven is not on PATH");
  }

  @Test
  void aBuiltTreeNeedsNoMaven() throws Exception {
    run("list");
    Files.delete(bin.resolve("mvn"));
    assertEquals(0, run("list").exitCode());
  }

  @Test
  void anOldJdkOrOneWithoutVectorsIsNotTaken() throws Exception {
    jdk = jdk("old", "21.0.4", "java.base jdk.incubator.vector");
    assertEnvironment(run("list"), "release: 21.0.4");
    jdk = jdk("bare", "25", "java.base java.sql");
    assertEnvironment(run("list"), "jdk.incubator.vector");
  }

  @Test
  void javaHomeIsTakenWhenItIsNewEnough() throws Exception {
    assertEquals(0, end(start(
        Map.of("LARIMAR_JAVA_HOME", "", "JAVA_HOME", jdk.toString()), "list")).exitCode());
  }

  @Test
  void aLinkToTheLauncherFindsItsTree() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("lari"), root.resolve("larimar"));
    ProcessBuilder builder = new ProcessBuilder(link.toString(), "list").directory(folder.toFile());
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("LARIMAR_JAVA_HOME", jdk.toString());
    assertEquals("ran <io.larimar.cli.Main> <list>", end(builder.start()).out());
  }

  @Test
  void testRunsMavenWithWhatWasPrepared() throws Exception {
    Ended tests = run("test", "-Dtest=Foo*");
    assertEquals(0, tests.exitCode(), tests::err);
    assertTrue(tests.out().contains("tests with /natives /model:"), tests::out);
    assertTrue(tests.out().contains("test -Dtest=Foo*"), tests::out);
  }

  /** The caches of classes in the user's cache folder. */
  private List<String> caches() throws IOException {
    Path start = folder.resolve(".cache/larimar/start");
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(start)) {
      return files.map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".jsa")).toList();
    }
  }

  @Test
  void theFirstGoodDemoOrQuestionLeavesACacheForLaterStarts() throws Exception {
    assertEquals(1, end(start(Map.of("RETURN", "1"), "demo")).exitCode());
    assertEquals(List.of(), caches());
    assertEquals("ran <io.larimar.cli.Main> <list>", run("list").out());
    assertEquals(List.of(), caches());
    assertEquals("ran <io.larimar.cli.Main> <ask> <a question>", run("ask", "a question").out());
    assertEquals(1, caches().size());
    assertEquals("cached ran <io.larimar.cli.Main> <list>", run("list").out());
    assertEquals("cached ran <io.larimar.cli.Main> <demo>", run("demo").out());
  }

  @Test
  void oneAnswerTakesTheFirstCompilerAloneUnlessTheStoreIsLarge() throws Exception {
    run("ask", "leaves a cache");
    Path ledger = Files.createDirectories(folder.resolve("small")).resolve("ledger.db");
    Files.write(ledger, new byte[1 << 21]);
    assertEquals("first alone ", compilers("ask", "q", "--store", ledger.getParent().toString()));
    assertEquals("first alone ", compilers("ask", "q", "--store=" + folder.resolve("none")));
    assertEquals("first alone ", compilers("write", "a fact"));
    assertEquals("", compilers("write", "--file", "facts.jsonl"));
    assertEquals("", compilers("serve"));
    assertEquals("", compilers("demo"));
    assertEquals("", compilers());

    ledger = Files.createDirectories(folder.resolve("large store")).resolve("ledger.db");
    Files.write(ledger, new byte[(1 << 21) + 1]);
    String large = ledger.getParent().toString();
    assertEquals("no profiles ", compilers("ask", "q", "--store", large));
    assertEquals("no profiles ", compilers("list", "--store=" + large));
    assertEquals("first alone ", compilers("ask", "q", "--stores", large));
    Path own = Files.createDirectories(folder.resolve(".local/share/larimar/store"));
    Files.copy(ledger, own.resolve("ledger.db"));
    assertEquals("no profiles ", compilers("ask", "q"));
    assertEquals("first alone ", compilers("ask", "q", "--store", folder + "/small"));
  }

  /** Which compilers the JVM was told to use. */
  private String compilers(String... arguments) throws Exception {
    String out = end(start(Map.of("COMPILERS", "1"), arguments)).out();
    return out.substring(0, out.indexOf("ran ")).replace("cached ", "");
  }

  @Test
  void theBuildUnpacksOnceAndLaterStartsAreToldWhere() throws Exception {
    Map<String, String> unpacks = Map.of("UNPACKS", "1");
    String ran = "unpacked ran <io.larimar.cli.Main> <list>";
    assertEquals(ran, end(start(unpacks, "list")).out());
    assertEquals(ran, run("list").out());
    Files.writeString(source, "class A { int changed; }");
    assertEquals("ran <io.larimar.cli.Main> <list>", run("list").out());
  }

  @Test
  void theFirstStartOfTheServerIsRehearsedAndLaterOnesAreCached() throws Exception {
    Ended first = run("serve", "--port", "1");
    assertEquals("cached ran <io.larimar.cli.Main> <serve> <--port> <1>", first.out());
    assertTrue(first.err().contains("rehearsing a start of the server"), first::err);
    Ended second = run("serve");
    assertEquals("cached ran <io.larimar.cli.Main> <serve>", second.out());
    assertEquals("", second.err());
    assertEquals(1, caches().size());
    Files.delete(folder.resolve(".cache/larimar/start").resolve(caches().getFirst()));
    Ended third = run("serve");
    assertTrue(third.err().contains("rehearsing a start of the server"), third::err);
    assertEquals(1, caches().size());
  }

  @Test
  void oneCacheIsMadeOfQuestionsAndOfTheServer() throws Exception {
    run("ask", "a question");
    Path cache = folder.resolve(".cache/larimar/start").resolve(caches().getFirst());
    Files.writeString(cache, "of questions alone");
    run("serve");
    assertEquals("a/Class", Files.readString(cache).strip(), "the list has each class once");
    assertEquals("cached ran <io.larimar.cli.Main> <ask>", run("ask").out());
  }

  @Test
  void aRehearsalThatFailsKeepsNoServerFromStarting() throws Exception {
    Ended shown = end(start(Map.of("REHEARSAL", "Usage: larimar serve"), "serve", "--help"));
    assertEquals("ran <io.larimar.cli.Main> <serve> <--help>", shown.out());
    assertEquals(List.of(), caches());
    assertEquals("cached ran <io.larimar.cli.Main> <serve>", run("serve").out());
  }

  /** A jlink that links nothing: its run time is the stand-in's `java`. */
  private void jlink() throws IOException {
    script(jdk.resolve("bin/jlink"), """
        while [ $# -gt 0 ]; do [ "$1" != --output ] || to=$2; shift; done
        mkdir -p "$to/bin" && cp "%s" "$to/bin/java"
        """.formatted(jdk.resolve("bin/java")));
  }

  @Test
  void anImageIsUsedForTheBuildThatItWasMadeOf() throws Exception {
    jlink();
    Ended made = run("image");
    assertEquals(0, made.exitCode(), made::err);
    Path image = root.resolve("target/image");
    assertEquals(image.toString(), made.out().strip());
    assertTrue(made.err().contains("cache of classes is made"), made::err);
    assertTrue(made.err().contains(" MB"), made::err);
    assertEquals("cached ran <io.larimar.cli.Main> <list>", run("list").out());
    assertEquals(List.of(), caches());
    assertEquals("ran <io.larimar.cli.Main> <list>",
        end(start(Map.of("LARIMAR_NO_IMAGE", "1"), "list")).out());
    Files.writeString(source, "class A { int b; }");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    assertEquals("ran <io.larimar.cli.Main> <list>", run("list").out());
    assertEquals(0, run("image").exitCode());
    assertEquals("cached ran <io.larimar.cli.Main> <list>", run("list").out());
  }

  @Test
  void anImageNeedsNoJdkAndNoSource() throws Exception {
    jlink();
    Path image = folder.resolve("packed here");
    assertEquals(0, run("image", image.toString()).exitCode());
    root = Files.move(image, folder.resolve("elsewhere"));
    jdk = folder.resolve("no jdk");
    assertEquals("cached ran <io.larimar.cli.Main> <ask> <a question>",
        run("ask", "a question").out());
    assertEnvironment(run("test"), "source tree");
    assertEnvironment(run("image"), "source tree");
  }

  @Test
  void anImageIsNotPackedOverSomethingElseOrWithoutJlink() throws Exception {
    assertEnvironment(run("image"), "jlink");
    jlink();
    Path other = Files.createDirectories(folder.resolve("mine"));
    assertEnvironment(run("image", other.toString()), "no image of Larimar");
    script(jdk.resolve("bin/jlink"), "echo 'Error: no such module' >&2; exit 1");
    Ended failed = run("image");
    assertEnvironment(failed, "jlink failed");
    assertTrue(failed.err().contains("no such module"), failed::err);
    assertFalse(Files.exists(root.resolve("target/image")));
  }

  @Test
  void anotherBuildMakesANewCacheInTheOldOnesPlace() throws Exception {
    run("demo");
    List<String> first = caches();
    Files.writeString(source, "class A { int b; }");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    assertEquals("ran <io.larimar.cli.Main> <list>", run("list").out());
    assertEquals("ran <io.larimar.cli.Main> <demo>", run("demo").out());
    assertEquals(1, caches().size());
    assertFalse(caches().equals(first), "of the new build");
    assertEquals("cached ran <io.larimar.cli.Main> <demo>", run("demo").out());
  }

  @Test
  void withoutACacheFolderItRunsAllTheSame() throws Exception {
    Path file = Files.writeString(folder.resolve("no-folder"), "");
    assertEquals("ran <io.larimar.cli.Main> <demo>",
        end(start(Map.of("LARIMAR_CACHE", file.toString()), "demo")).out());
  }

  @Test
  void aStoppedDemoStopsItsProgramAndLeavesNoCache() throws Exception {
    run("list");
    script(jdk.resolve("bin/java"), "echo $$\nexec sleep 290\n");
    Process demo = start(Map.of(), "demo");
    long program = Long.parseLong(demo.inputReader().readLine());
    demo.destroy();
    assertTrue(demo.waitFor(120, TimeUnit.SECONDS));
    for (int tenths = 0; runs(program); tenths++) {
      assertTrue(tenths < 600, "the program lives on");
      Thread.sleep(100);
    }
    assertEquals(List.of(), caches());
  }

  /**
   * Whether a process runs; one that has ended may stay as a zombie where nothing reaps orphans.
   */
  private static boolean runs(long process) throws IOException {
    Path status = Path.of("/proc", "" + process, "status");
    if (!Files.isDirectory(Path.of("/proc", "self"))) {
      return ProcessHandle.of(process).filter(ProcessHandle::isAlive).isPresent();
    }
    try {
      return !Files.readString(status).contains("State:\tZ");
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  private static void assertEnvironment(Ended ended, String words) {
    assertEquals(ENVIRONMENT, ended.exitCode(), ended::err);
    String last = ended.err().lines().reduce("", (_, line) -> line);
    assertTrue(last.startsWith("larimar: "), ended::err);
    assertTrue(last.contains(words), ended::err);
    assertFalse(ended.out().contains("ran"));
  }
}
