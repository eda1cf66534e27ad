package io.larimar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is real: it compiles, is short, and does what the README says. */
class ReadmeTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir
  private Path folder;

  private static String example() throws IOException {
    Matcher matcher = JAVA.matcher(Files.readString(Path.of("..", "..", "README.md")));
    assertTrue(matcher.find(), "README.md has a block of Java");
    return matcher.group(1);
  }

  private void compile(String source) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("Example.java"), source);
    Process javac = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
        "-cp", System.getProperty("java.class.path"), "-d", folder.toString(), file.toString())
        .redirectErrorStream(true).start();
    String said = new String(javac.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, javac.waitFor(), said);
  }

  @Test
  void theExampleIsShortAndCompiles() throws IOException, InterruptedException {
    String source = example();
    assertTrue(source.lines().count() <= 15, source);
    compile(source);
  }

  @Test
  @Tag("model")
  void theExampleAnswersFromMemory() throws Exception {
    LarimarOptions options = TestModel.options(folder.resolve("unused"));
    compile(example());
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(
        List.of(folder.toUri().toURL()).toArray(URL[]::new), getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      Method main = loader.loadClass("Example").getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[] {
          options.model().toString(), folder.resolve("store").toString()});
    } finally {
      System.setOut(out);
    }
    assertTrue(printed.toString(StandardCharsets.UTF_8).contains("38"), printed.toString());
  }
}
