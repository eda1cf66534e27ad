package io.larimar.cli;

import io.larimar.encoder.SentenceEncoder;
import io.larimar.encoder.SentenceModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Copies out of the jars what each start would unpack anew, 52 MB: the native libraries of ONNX
 * Runtime and SQLite for this platform, and the sentence encoder. The launcher calls it
 * once a build and names the folder to later starts; a platform that a jar has nothing for goes
 * without.
 */
final class Unpack {
  private Unpack() {}

  /** Fills the folder that the first argument names; it is made where it is missing. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    boolean mac = system.contains("mac");
    String processor = System.getProperty("os.arch");
    boolean arm = processor.equals("aarch64");
    boolean known = arm || processor.equals("amd64") || processor.equals("x86_64");
    String onnx = "ai/onnxruntime/native/" + (mac ? "osx" : "linux") + (arm ? "-aarch64/" : "-x64/");
    String sqlite =
        "org/sqlite/native/" + (mac ? "Mac" : "Linux") + (arm ? "/aarch64/" : "/x86_64/");
    if (known && (mac || system.contains("linux"))) {
      copy(onnx + System.mapLibraryName("onnxruntime"), folder);
      copy(onnx + System.mapLibraryName("onnxruntime4j_jni"), folder);
      copy(sqlite + System.mapLibraryName("sqlitejdbc"), folder);
    }
    SentenceEncoder.unpack(SentenceModel.ENGLISH, folder);
  }

  private static void copy(String resource, Path folder) throws IOException {
    try (InputStream in = Unpack.class.getClassLoader().getResourceAsStream(resource)) {
      if (in != null) {
        Files.copy(in, folder.resolve(Path.of(resource).getFileName()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
