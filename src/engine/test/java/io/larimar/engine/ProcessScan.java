package io.larimar.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Searches this process for bytes: all objects of the heap (by a heap dump), and every readable
 * mapping (by {@code /proc/self/mem}, Linux only).
 *
 * <p>What is searched for is kept masked, so that the search does not find itself.
 */
final class ProcessScan {
  private static final byte MASK = 0x5A;
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<byte[]> masked = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private int longest;

  /** Adds a text, in each of its encodings. */
  void add(String name, CharSequence text) {
    Map<String, Charset> charsets = Map.of("UTF-8", StandardCharsets.UTF_8,
        "UTF-16LE", StandardCharsets.UTF_16LE, "UTF-16BE", StandardCharsets.UTF_16BE,
        "Latin-1", StandardCharsets.ISO_8859_1);
    charsets.forEach((charset, encoding) -> {
      if (encoding.newEncoder().canEncode(text)) {
        ByteBuffer bytes = encoding.encode(CharBuffer.wrap(text));
        add(name + " " + charset, bytes);
        wipe(bytes);
      }
    });
  }

  /** Adds numbers as they lie in memory, and as a heap dump writes them (big-endian). */
  void add(String name, int[] numbers) {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(order);
      bytes.asIntBuffer().put(numbers);
      add(name + " " + order, bytes);
      wipe(bytes);
    }
  }

  private void add(String name, ByteBuffer bytes) {
    byte[] needle = new byte[bytes.remaining()];
    for (int i = 0; i < needle.length; i++) {
      needle[i] = (byte) (bytes.get(bytes.position() + i) ^ MASK);
    }
    masked.add(needle);
    names.add(name);
    longest = Math.max(longest, needle.length);
  }

  private static void wipe(ByteBuffer bytes) {
    bytes.clear();
    for (int i = 0; i < bytes.limit(); i++) {
      bytes.put(i, (byte) 0);
    }
  }

  /** How often each needle stands in a dump of the heap: of reachable objects, or of all. */
  Map<String, Integer> heap(Path dump, boolean live) throws IOException {
    Files.deleteIfExists(dump);
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
        Long.toString(ProcessHandle.current().pid()), "GC.heap_dump"));
    if (!live) {
      command.add("-all");
    }
    command.add(dump.toString());
    try {
      Process jcmd = new ProcessBuilder(command)
          .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      if (jcmd.waitFor() != 0) {
        throw new IOException("jcmd ended with " + jcmd.exitValue());
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
    Map<String, Integer> found = new TreeMap<>();
    try (FileChannel channel = FileChannel.open(dump)) {
      search(channel, 0, channel.size(), "heap", found);
    }
    Files.delete(dump);
    return found;
  }

  /** How often each needle stands in the readable memory of the process, by kind of mapping. */
  Map<String, Integer> memory() throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (FileChannel memory = FileChannel.open(Path.of("/proc/self/mem"))) {
      for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
        String[] words = line.split("\\s+", 6);
        String what = words.length > 5 ? words[5] : "anonymous";
        if (words[1].startsWith("r") && !what.startsWith("[v")) {
          String[] ends = words[0].split("-");
          search(memory, Long.parseUnsignedLong(ends[0], 16), Long.parseUnsignedLong(ends[1], 16),
              what + " " + words[0], found);
        }
      }
    }
    return found;
  }

  private void search(FileChannel channel, long from, long to, String place,
      Map<String, Integer> found) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(chunk);
    for (long at = from; at < to; at += CHUNK_BYTES - longest) {
      buffer.clear().limit((int) Math.min(CHUNK_BYTES, to - at));
      try {
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) > 0) {
          // Until the chunk is whole.
        }
      } catch (IOException e) {
        // A page that is mapped and not there: a guard page, or the end of a mapped file.
        buffer.limit(buffer.position());
      }
      search(chunk, buffer.position(), place, found);
    }
    Arrays.fill(chunk, (byte) 0);
  }

  private void search(byte[] chunk, int length, String place, Map<String, Integer> found) {
    int[] starts = new int[256];
    for (int n = 0; n < masked.size(); n++) {
      starts[(masked.get(n)[0] ^ MASK) & 0xFF] |= 1 << n;
    }
    for (int i = 0; i < length; i++) {
      int candidates = starts[chunk[i] & 0xFF];
      for (int left = candidates; left != 0; left &= left - 1) {
        int n = Integer.numberOfTrailingZeros(left);
        if (matches(chunk, i, length, masked.get(n))) {
          found.merge(names.get(n) + " in " + place, 1, Integer::sum);
        }
      }
    }
  }

  private static boolean matches(byte[] chunk, int at, int length, byte[] needle) {
    if (at + needle.length > length) {
      return false;
    }
    for (int i = 0; i < needle.length; i++) {
      if ((chunk[at + i] ^ MASK) != needle[i]) {
        return false;
      }
    }
    return true;
  }
}
