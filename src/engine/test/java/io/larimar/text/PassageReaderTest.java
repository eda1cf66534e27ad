package io.larimar.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every format: places, limits, errors, and that the bytes alone decide. */
class PassageReaderTest {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

  static List<Passage> read(PassageReader reader) {
    List<Passage> passages = new ArrayList<>();
    try (reader) {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        passages.add(next.get());
      }
    }
    return passages;
  }

  static List<String> texts(String text, TextFormat format) {
    return read(PassageReader.of(text, format)).stream().map(Passage::text).toList();
  }

  /** Hands out a few bytes at a time. */
  private static InputStream slow(byte[] bytes, int most) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public int read(byte[] into, int offset, int count) {
        return super.read(into, offset, Math.min(count, most));
      }
    };
  }

  /** Repeats a pattern up to a length, with nothing in memory but the pattern. */
  private static InputStream repeated(byte[] pattern, long total) {
    return new InputStream() {
      private long at;

      @Override
      public int read() {
        return at < total ? pattern[(int) (at++ % pattern.length)] : -1;
      }

      @Override
      public int read(byte[] into, int offset, int count) {
        if (at >= total) {
          return -1;
        }
        int from = (int) (at % pattern.length);
        int n = (int) Math.min(Math.min(count, pattern.length - from), total - at);
        System.arraycopy(pattern, from, into, offset, n);
        at += n;
        return n;
      }
    };
  }

  private static String words(String text) {
    return String.join(" ", WORD.matcher(text).results().map(m -> m.group()).toList());
  }

  private static String randomText(Random random, boolean lines) {
    String[] pieces = {"alpha", "Beta", "3.5", "Dr. Who", "e.g.", "ZX-400,", "ends.", "Why?",
        "\"quoted.\"", "(aside)", "日本語の文。", "「はい。」", "長い、文", "e\u0301tude", "\uD83D\uDE00 smile",
        "semi;", "J. R. R.", "...", "a\u00A0b"};
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(400); i >= 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
      int gap = random.nextInt(12);
      text.append(lines && gap == 0 ? "\n" : lines && gap == 1 ? "\r\n\r\n" : gap < 10 ? " " : "");
    }
    return text.toString();
  }

  @ParameterizedTest
  @EnumSource(TextFormat.class)
  void everyWordOfTheSourceIsInThePassagesInOrder(TextFormat format) {
    for (int seed = 0; seed < 200; seed++) {
      String text = randomText(new Random(seed), seed % 2 == 0);
      String found = String.join(" ", texts(text, format));
      assertEquals(words(text).replace(" ", ""), words(found).replace(" ", ""), "seed " + seed);
    }
  }

  @ParameterizedTest
  @EnumSource(TextFormat.class)
  void noPassageIsLongerThanItsLimitOrCutsACharacter(TextFormat format) {
    for (int seed = 0; seed < 200; seed++) {
      for (String text : texts(randomText(new Random(seed), false), format)) {
        long weight = text.chars().mapToLong(c -> c < 0x2E80 ? 5 : c >= 0xD800 && c < 0xE000
            ? 7 : 14).sum();
        assertTrue(weight <= 1400, "seed " + seed + ": " + text);
        assertTrue(!Character.isLowSurrogate(text.charAt(0)) && text.charAt(0) != '\u0301', text);
        assertTrue(text.indexOf('\n') < 0 && text.equals(text.strip()), text);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TextFormat.class)
  void bufferBordersDoNotChangeThePassages(TextFormat format) {
    StringBuilder text = new StringBuilder("# Title\n\n");
    for (int seed = 0; text.length() < 150_000; seed++) {
      text.append(randomText(new Random(seed), seed % 3 != 0)).append("\n\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    List<Passage> whole = read(PassageReader.of(text.toString(), format));
    for (int most : new int[] {1, 7, 4096}) {
      assertEquals(whole, read(PassageReader.of(slow(bytes, most), bytes.length, format)));
    }
  }

  @ParameterizedTest
  @EnumSource(value = TextFormat.class, names = {"PLAIN", "MARKDOWN"})
  void placesAreBytesOfTheSource(TextFormat format) {
    for (int seed = 0; seed < 50; seed++) {
      String text = "\uFEFF" + randomText(new Random(seed), true);
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      for (Passage passage : read(PassageReader.of(text, format))) {
        String own = new String(bytes, (int) passage.offset(), passage.length(),
            StandardCharsets.UTF_8);
        assertEquals(words(passage.text()).replace(" ", ""), words(own).replace(" ", ""));
      }
    }
  }

  @Test
  void placesInHtmlAreCharactersOfTheSource() {
    String page = "<body><p>日本 one &amp; two. The second sentence of it stands here.</p>"
        + "<p>Another paragraph of some words.</p>";
    List<Passage> passages = read(PassageReader.of(page, TextFormat.HTML));
    Passage last = passages.getLast();
    assertEquals("Another paragraph of some words.",
        page.substring((int) last.offset(), (int) last.offset() + last.length()));
  }

  @ParameterizedTest
  @EnumSource(TextFormat.class)
  void aLineOfThirtyTwoMebibytesPassesInBoundedMemory(TextFormat format) {
    byte[] pattern = "The pump moves water and the housing holds it in place, says Dr. Kay. "
        .repeat(100).getBytes(StandardCharsets.UTF_8);
    long total = 32L << 20;
    long passages = 0;
    try (PassageReader reader = PassageReader.of(repeated(pattern, total), total, format)) {
      long behind = 0;
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        behind = Math.max(behind, reader.bytesRead() - next.get().offset());
        passages++;
      }
      assertEquals(total, reader.bytesRead());
      // What was read and not yet handed on stands in buffers: they do not grow with the line.
      assertTrue(behind < 1 << 20, "held back " + behind);
    }
    assertTrue(passages > total / 281, "passages " + passages);
  }

  @Test
  void aByteOrderMarkCarriageReturnsAndFormFeedsAreNoText() {
    assertEquals(List.of("The first line goes on here.", "The next page has a sentence."),
        texts("\uFEFFThe first line\r\ngoes on here.\fThe next page has a sentence.",
            TextFormat.PLAIN));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 65_534, 65_535, 65_536, 200_000})
  void badEncodingIsNamedByItsByte(int offset) {
    byte[] bytes = new byte[offset + 10];
    Arrays.fill(bytes, (byte) 'a');
    bytes[offset] = (byte) 0xE9; // Latin-1
    var refused = assertThrows(TextException.class, () -> read(
        PassageReader.of(new ByteArrayInputStream(bytes), bytes.length, TextFormat.PLAIN)));
    assertEquals(OptionalLong.of(offset), refused.offset());
    assertTrue(refused.getMessage().contains("not UTF-8"), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"C0 AF", "ED A0 80", "F4 90 80 80", "80", "E3 81", "E0 80 80"})
  void whatIsNoCharacterIsRefused(String hex) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    assertThrows(TextException.class, () -> read(
        PassageReader.of(new ByteArrayInputStream(bytes), bytes.length, TextFormat.PLAIN)));
  }

  @Test
  void binaryIsRefusedWhenOpenedAndLaterAtItsPlace() {
    byte[] bytes = "some words ".repeat(20_000).getBytes(StandardCharsets.UTF_8);
    bytes[150_000] = 0;
    var later = assertThrows(TextException.class, () -> read(
        PassageReader.of(new ByteArrayInputStream(bytes), bytes.length, TextFormat.PLAIN)));
    assertEquals(OptionalLong.of(150_000), later.offset());
    bytes[3] = 0;
    var atOnce = assertThrows(TextException.class, () ->
        PassageReader.of(new ByteArrayInputStream(bytes), bytes.length, TextFormat.PLAIN));
    assertTrue(atOnce.getMessage().contains("binary"), atOnce.getMessage());
    byte[] controls = new byte[1000];
    Arrays.fill(controls, (byte) 7);
    assertThrows(TextException.class, () -> PassageReader.of(
        new ByteArrayInputStream(controls), controls.length, TextFormat.PLAIN));
  }

  @Test
  void aStreamThatFailsIsNamedWithItsPlace() {
    InputStream failing = new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("disk gone");
      }
    };
    var failed = assertThrows(TextException.class,
        () -> PassageReader.of(failing, 10, TextFormat.PLAIN));
    assertTrue(failed.getMessage().contains("disk gone"), failed.getMessage());
  }

  @Test
  void missingFoldersAndEmptyFilesAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.txt");
    assertTrue(assertThrows(TextException.class, () -> PassageReader.open(file)).getMessage()
        .contains("no such file"));
    assertThrows(TextException.class, () -> PassageReader.open(folder));
    Files.writeString(file, "");
    assertTrue(assertThrows(TextException.class, () -> PassageReader.open(file)).getMessage()
        .contains("empty"));
    Files.writeString(file, " \n\n");
    assertThrows(TextException.class, () -> read(PassageReader.open(file)));
    assertEquals(List.of(), texts("", TextFormat.PLAIN));
  }

  @Test
  void aFileThatChangesOrVanishesIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "One sentence that is long enough.");
    try (PassageReader reader = PassageReader.open(file)) {
      reader.next();
      reader.requireUnchanged();
      Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
      assertTrue(assertThrows(TextException.class, reader::requireUnchanged).getMessage()
          .contains("changed"));
      Files.delete(file);
      assertTrue(assertThrows(TextException.class, reader::requireUnchanged).getMessage()
          .contains("vanished"));
    }
  }

  @Test
  void aClosedReaderIsRefused() {
    PassageReader reader = PassageReader.of("A text.", TextFormat.PLAIN);
    reader.close();
    reader.close();
    assertThrows(IllegalStateException.class, reader::next);
  }

  @Test
  void theFormatIsTheExtension() {
    assertEquals(TextFormat.MARKDOWN, TextFormat.of(Path.of("a/README.MD")));
    assertEquals(TextFormat.HTML, TextFormat.of(Path.of("index.xhtml")));
    assertEquals(TextFormat.PLAIN, TextFormat.of(Path.of("md")));
  }
}
