package io.larimar.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A peer that holds its model and generates when told to: a number of tokens goes in by a line, the
 * nanoseconds a token come out by a line. It sleeps while others are measured.
 */
final class PeerProcess implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(10); // some peers hang for ever

  private final Process process;
  private final BufferedReader answers;
  private final PrintStream questions;
  private final Path errors;

  private PeerProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.questions =
        new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
  }

  /**
   * Starts a peer and waits until it has its model.
   *
   * @param folder for its program and what it says
   * @throws IOException with the peer's own words where it cannot run the model
   */
  static PeerProcess start(Peer peer, Path folder, int threads, String prompt)
      throws IOException {
    Path source = folder.resolve(peer.program() + ".java");
    try (InputStream text =
        PeerProcess.class.getResourceAsStream(peer.program() + ".java.txt")) {
      if (text == null) {
        throw new IOException("no program for " + peer.name());
      }
      Files.write(source, text.readAllBytes());
    }
    return start(peer.command(source, threads, prompt), folder.resolve(peer.program() + ".err"));
  }

  static PeerProcess start(List<String> words, Path errors) throws IOException {
    Process process = new ProcessBuilder(words).directory(errors.getParent().toFile())
        .redirectError(errors.toFile()).start();
    Thread.ofVirtual().start(() -> endInTime(process));
    PeerProcess started = new PeerProcess(process, errors);
    try {
      started.await("ready");
    } catch (IOException e) {
      started.close();
      throw e;
    }
    return started;
  }

  private static void endInTime(Process process) {
    try {
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  /** Nanoseconds a token after the first, of so many generated greedily. */
  double nanosPerToken(int tokens) throws IOException {
    questions.println(tokens);
    return Double.parseDouble(await("nanos ").substring("nanos ".length()));
  }

  /** The next line that begins so; peers print much besides. */
  private String await(String beginning) throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    throw new IOException(lastWords());
  }

  /** The exception that ended it, else its last line; no folder of this machine. */
  private String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(errors, StandardCharsets.ISO_8859_1).stream()
        .filter(line -> !line.isBlank()).toList();
    String words = lines.stream().filter(line -> line.contains("Exception"))
        .findFirst().orElse(lines.isEmpty() ? "it ended without a word" : lines.getLast());
    return words.strip().replaceAll("(?<![\\w.])/[\\w./-]*/", "");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
