package io.larimar.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * Another Java runtime for local models, to be compared with in a process of its own.
 *
 * @param name name and version
 * @param program its program among this module's resources, without suffix
 * @param jars folder of its jars
 * @param model what it is asked to run: the GGUF file, or a folder in the peer's own format
 * @param note how its model differs from ours, empty where it does not
 */
public record Peer(String name, String program, Path jars, Path model, String note) {
  /** The peers of the report, by name, program and Maven coordinates. */
  public enum Known {
    /** JNI bindings of llama.cpp. */
    JAVA_LLAMA_CPP("java-llama.cpp 4.2.0", "JavaLlamaCppPeer", "de.kherud:llama:4.2.0"),
    /** A runtime in Java with the Vector API. */
    JLAMA("Jlama 0.8.4", "JlamaPeer", "com.github.tjake:jlama-core:0.8.4");

    private final String label;
    private final String program;
    private final String coordinates;

    Known(String label, String program, String coordinates) {
      this.label = label;
      this.program = program;
      this.coordinates = coordinates;
    }

    /** Group, artifact and version, joined by colons. */
    public String coordinates() {
      return coordinates;
    }

    /** The peer on these jars and this model. */
    public Peer on(Path jars, Path model, String note) {
      return new Peer(label, program, jars, model, note);
    }
  }

  /** The words that start it: the prompt is its own to tokenise. */
  List<String> command(Path source, int threads, String prompt) {
    return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
        jars.resolve("*").toString(), source.toString(), model.toAbsolutePath().toString(), "" + threads, prompt);
  }
}
